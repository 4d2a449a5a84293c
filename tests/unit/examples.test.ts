import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'

const EXAMPLES = globSync('examples/*.yaml')

test.each(EXAMPLES)('%s is a valid pipeline without a warning', (file) => {
  const parsed = parsePipeline(readFileSync(file, 'utf8'), file)
  expect('problems' in parsed ? parsed.problems : parsed.warnings).toEqual([])
})

test('both domains are shown', () => {
  expect(EXAMPLES).toEqual(
    expect.arrayContaining(['examples/airport-departures.yaml', 'examples/tutor-performance.yaml']),
  )
})
