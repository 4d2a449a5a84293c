import { globSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDailyAggregation } from '../../../aggregator/run-daily-aggregation.ts'
import { docBlocks } from '../../support/doc-blocks.ts'
import type { PipelineOnServers } from '../../support/pipeline-on-servers.ts'
import { dayBefore, openTutors } from '../aggregator/tutors-on-servers.ts'

// The queries that pages offer, asked of a database that has something to answer. Runbooks speak of parcels and depots.

const PAGES = [
  'docs/reference/tables.md',
  'docs/how-to/dashboards.md',
  'docs/how-to/dead-letters.md',
  'docs/how-to/replace-a-nightly-batch.md',
]

const QUERIES = queriesOf(PAGES)

const RUNBOOK_QUERIES = queriesOf(globSync('docs/runbooks/*.md'))

function queriesOf(pages: readonly string[]) {
  return pages.flatMap((page) =>
    docBlocks(page)
      .filter(({ language }) => language === 'sql')
      .map(({ text }, index) => [`${page}, query ${index + 1}`, text] as const),
  )
}

let tutors: PipelineOnServers

beforeAll(async () => {
  tutors = await openTutors()
  for (const days of [1, 0]) await runDailyAggregation({ ...tutors, day: dayBefore(days) })
  const worker = await tutors.startWorker()
  await tutors.publish([{ stream: 'tutormax:sessions', type: 'session', data: {} }])
  await tutors.caughtUp()
  await worker.stop()
})

afterAll(() => tutors?.[Symbol.asyncDispose]())

test.each(QUERIES)('%s has an answer', async (_name, text) => {
  const { rows } = await tutors.db.query(text)
  expect(rows.length).toBeGreaterThan(0)
})

test.each(RUNBOOK_QUERIES)('%s runs', async (_name, text) => {
  const ours = text.replaceAll('depot_metrics', 'tutor_metrics').replaceAll('fact_delivery', 'fact_session')
  await expect(tutors.db.query(ours)).resolves.toBeDefined()
})
