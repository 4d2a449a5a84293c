import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { type LoadedPipeline, parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { createCompositeCalculator } from '../../../adapters/postgres/composite-calculator.ts'
import { CompositeStore } from '../../../adapters/postgres/composite-store.ts'
import { UNNOTED } from '../../support/composite-rules.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { runProgram } from '../../support/run-program.ts'

// The example of a score, from the entries that its file shows to what the command line says.

const EXAMPLE = 'examples/assistant-tools.yaml'

/** Longer than any number of programs takes to start. */
const RARELY = { minInterval: '1h', maxStale: '2h' }

const STREAM = 'assistant:events'

let tools: PipelineOnServers

beforeAll(async () => {
  const manifest = parseDocument(await readFile(EXAMPLE, 'utf8'))
  for (const [name, time] of Object.entries(RARELY)) manifest.setIn(['spec', 'composite', name], time)
  const pipeline = parsePipeline(manifest.toString(), EXAMPLE)
  if ('problems' in pipeline) throw new Error(pipeline.problems.join('\n'))
  tools = await PipelineOnServers.open(pipeline)
})

afterAll(async () => {
  await tools?.[Symbol.asyncDispose]()
})

const composite = (...args: readonly string[]) => runProgram('cli/main.ts', tools, ['composite', ...args])

/** So many tools that ran a moment ago, and suggestions that were decided on. */
async function happen(
  conversation: string,
  outcomes: readonly boolean[],
  decisions: readonly boolean[],
): Promise<void> {
  const data = { conversation, endedAt: new Date().toISOString(), decidedAt: new Date().toISOString() }
  await tools.publish([
    ...outcomes.map((succeeded, index) => ({
      stream: STREAM,
      type: 'tool_call',
      id: `${conversation}-tool-${index}`,
      data: { ...data, tool: 'Edit', succeeded, durationMs: 0 },
    })),
    ...decisions.map((accepted, index) => ({
      stream: STREAM,
      type: 'suggestion',
      id: `${conversation}-suggestion-${index}`,
      data: { ...data, accepted },
    })),
  ])
}

test('nothing has happened, so there is no score', async () => {
  expect(await composite('run')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^SCOPE +PRODUCTIVITY +SAMPLE +SUCCESS +FAILURE +ACCEPTANCE\npipeline +- +0 +- +- +-\n/),
  })
})

test('nine tools of ten succeed and half of the suggestions are accepted: 76, and by client what each has', async () => {
  const { pipeline } = tools
  await tools.startWorker({ pipeline: { ...pipeline, settings: { ...pipeline.settings, composite: undefined } } }) // scores are asked for by hand
  await tools.publish(
    ['terminal', 'editor'].map((client) => ({
      stream: STREAM,
      type: 'conversation',
      id: client,
      data: { conversation: client, client },
    })),
  )
  await happen('terminal', Array(9).fill(true), [true, false])
  await happen('editor', [false], [])
  await tools.caughtUp()
  const { code, out } = await composite('run')
  expect(code).toBe(0)
  expect(out).toMatch(/^pipeline +76\.00 +10 +0\.900000 +0\.100000 +0\.500000$/m)
  expect(out).toMatch(/^client=terminal +80\.00 +9 +1\.000000 +0\.000000 +0\.500000$/m)
  expect(out).toMatch(/^client=editor +- +1 +0\.000000 +1\.000000 +-$/m)
  expect(out).toMatch(/^As of \S+Z\. Nothing was stored\.$/m)
})

test('one scope alone, as JSON', async () => {
  const { out } = await composite('run', '--scope', 'client=terminal', '-o', 'json')
  expect(JSON.parse(out)).toMatchObject({
    results: [{ scope: 'client=terminal', value: '80.00', sampleSize: 9, inputs: { success: '1.000000' } }],
  })
})

test('a scope that there is not is refused, with those that there are', async () => {
  expect(await composite('show', '--scope', 'client=phone')).toMatchObject({
    code: 2,
    err: 'there is no scope client=phone; there is pipeline, client=terminal, client=editor\n',
  })
})

test('what stands is shown with its age, what it is made of, and who calculated it', async () => {
  expect(await composite('show')).toMatchObject({ code: 0, out: 'no score was calculated so far\n' })
  expect(await runProgram('cli/main.ts', tools, ['status'])).toMatchObject({
    out: expect.stringMatching(/^Composite: +productivity was not calculated so far$/m),
  })

  const { metricSet, settings } = tools.pipeline
  const calculator = createCompositeCalculator(metricSet, settings.composite?.weights)
  const store = new CompositeStore(tools.db, 'worker-7')
  for (const scope of ['client=editor', 'pipeline']) {
    const { asOf } = await store.look(scope, { minIntervalMs: 0, rules: UNNOTED })
    const result = await calculator.calculate(tools.db, scope, asOf)
    await store.store({ scope, fence: 1, asOf, result }, { minIntervalMs: 0, historyLimit: 1, rules: UNNOTED })
  }
  const { code, out } = await composite('show')
  expect(code).toBe(0)
  expect(out.split('\n')).toEqual([
    expect.stringMatching(/^SCOPE +PRODUCTIVITY +SAMPLE +SUCCESS +FAILURE +ACCEPTANCE +AGE +HOLDER$/),
    expect.stringMatching(/^pipeline +76\.00 +10 +0\.900000 +0\.100000 +0\.500000 +\d+m?s +worker-7$/),
    expect.stringMatching(/^client=editor +- +1 +0\.000000 +1\.000000 +- +\d+m?s +worker-7$/),
    '',
  ])
  expect(await runProgram('cli/main.ts', tools, ['status'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Composite: +productivity 76\.00, \d+m?s old, of 10, by worker-7$/m),
  })
})

test('a score is stored by hand as workers do it: not before the shortest interval has passed', async () => {
  const run = () => composite('run', '--store', '--scope', 'client=terminal')
  const { code, out } = await run()
  expect(code).toBe(0)
  expect(out).toMatch(/^client=terminal +80\.00 +9 +1\.000000 +0\.000000 +0\.500000 +\d{4}-\S+Z$/m)
  expect((await composite('show', '--scope', 'client=terminal')).out).toMatch(
    /^client=terminal +80\.00 .* mp composite run$/m,
  )
  expect(await run()).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^client=terminal +- +- +- +- +- +no: the last one is too young, or a new one under way; ask again in \d+(?:ms|s|m)$/m,
    ),
  })
})

describe('by a file that is not the one in force a score is stored', () => {
  const runBy = (pipeline: LoadedPipeline) =>
    runProgram('cli/main.ts', { ...tools, pipeline }, ['composite', 'run', '--store', '--scope', 'client=terminal'])

  test('as the rules in force have it, whatever the file says of them', async () => {
    await tools.db.query("update mp_composite set committed_at = clock_timestamp() - interval '1500 milliseconds'")
    await tools.redis.flushdb() // PostgreSQL alone knows
    const { pipeline } = tools.pipeline
    const { composite: inForce } = pipeline.spec
    if (inForce === undefined) throw new Error('the example wants a composite')
    const spec = { ...pipeline.spec, composite: { ...inForce, minInterval: '1s', historyLimit: 1 } }
    const { out } = await runBy({ ...tools.pipeline, pipeline: { ...pipeline, spec } })
    expect(out).toMatch(/^client=terminal .*no: the last one is too young/m)
  })

  const runByAnotherFormula = () => {
    const { pipeline, definition } = tools.pipeline
    if (definition.composite === undefined) throw new Error('the example has a composite')
    const other = { ...definition, composite: { ...definition.composite, decimals: 1 } }
    const spec = { ...pipeline.spec, metrics: { ...pipeline.spec.metrics, definition: other } }
    return runBy({ ...tools.pipeline, pipeline: { ...pipeline, spec } })
  }

  test('not at all, where it has another formula than a worker goes by', async () => {
    await tools.db.query("update mp_composite set holder = 'worker-7'")
    await tools.db.query(
      "insert into mp_member (consumer, heartbeat_at) values ('worker-7', clock_timestamp() + interval '1 hour')",
    )
    expect(await runByAnotherFormula()).toMatchObject({
      code: 1,
      err: expect.stringContaining('by another definition than the one in this file'),
    })
  })

  test('as the file has it, where nobody goes by the former formula any more', async () => {
    await tools.db.query("delete from mp_member where consumer = 'worker-7'")
    await tools.db.query("update mp_composite set committed_at = committed_at - interval '2 hours'")
    await tools.redis.flushdb()
    const { out } = await runByAnotherFormula()
    expect(out).toMatch(/^client=terminal +80\.0 +9 +.* \d{4}-\S+Z$/m)
  })
})
