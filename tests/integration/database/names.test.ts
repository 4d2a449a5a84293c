import { expect, test } from 'vitest'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'

// Words of SQL, and names that generated statements use themselves, as names in a definition.

const FIELDS = [
  ...[
    'n',
    'i',
    'f',
    'r',
    's',
    'm',
    'fact',
    'facts',
    'excluded',
    'incoming',
    'stored',
    'applied',
    'replaced',
    'old',
    'new',
  ],
  ...[
    'old_entity',
    'old_reference',
    'scope',
    'counted',
    'computed',
    'select',
    'table',
    'user',
    'order',
    'group',
    'desc',
  ],
  ...[
    'null',
    'true',
    'default',
    'limit',
    'row',
    'array',
    'ctid_of',
    'day',
    'run_id',
    'evaluation',
    'tier',
    'flags',
    'green',
    'red',
  ],
]

const fields = Object.fromEntries(FIELDS.map((name) => [name, { type: 'integer' }]))

const MANIFEST = {
  apiVersion: 'metricspipelines.io/v1alpha1',
  kind: 'MetricsPipeline',
  metadata: { name: 'words' },
  spec: {
    source: { redisStreams: { streams: ['words'] } },
    database: {},
    metrics: {
      windows: ['7d'],
      debounce: { quiet: '0s', maxWait: '0s' },
      definition: {
        entity: 'select',
        events: {
          order: {
            entity: 'who',
            at: 'when',
            fields: { who: { type: 'string' }, when: { type: 'timestamp' }, ...fields },
          },
          group: {
            entity: 'order.who',
            at: 'order.when',
            references: { order: 'order' },
            fields: { order: { type: 'string' }, n: { type: 'integer' } },
          },
        },
        accumulators: {
          ...Object.fromEntries(FIELDS.map((name) => [name, { sum: `order.${name}` }])),
          groups: { sum: 'group.n', where: { 'order.n': { atLeast: 1 } } },
        },
        metrics: Object.fromEntries(
          ['n', 'from', 'where', 'table', 'user', 'as_is'].map((name) => [
            name,
            { ratio: ['n', 'order'], decimals: 1 },
          ]),
        ),
      },
    },
  },
}

test('anything may be called by any word', async () => {
  const parsed = parsePipeline(JSON.stringify(MANIFEST), 'words')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  await using words = await PipelineOnServers.open(parsed)
  const when = new Date(Date.now() - 2 * 86_400_000).toISOString()
  const ones = Object.fromEntries(FIELDS.map((name) => [name, 1]))
  await words.publish([
    { stream: 'words', type: 'order', id: 'a', data: { who: 'x', when, ...ones } },
    { stream: 'words', type: 'group', id: 'b', data: { order: 'a', n: 3 } },
  ])
  await words.startWorker()
  await words.caughtUp()
  expect(await words.rows()).toMatchObject([{ acc_n_7d: '1', acc_red_7d: '1', acc_groups_7d: '3', from_7d: '1.0' }])
  const { databaseUrl } = words
  const summary = await runDailyAggregation({ pipeline: parsed, databaseUrl })
  expect(summary).toMatchObject({ successful: 1, failed: 0, parity: { compared: 1, mismatches: 0, missing: 0 } })
})
