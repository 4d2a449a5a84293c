import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parsePipeline } from '../../adapters/manifest/parse-pipeline.ts'

/** Played by a test of its own, with the mistake that it makes on purpose. */
const TUTORIAL = 'docs/tutorial.md'

/** Whole pipelines in the documents; parts of one are for the reader to place. */
const PIPELINES = globSync(['*.md', 'docs/**/*.md'], { exclude: [TUTORIAL] }).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```ya?ml\n(apiVersion: [\s\S]*?)^```$/gm)].map(
    ([, text = ''], index) => [`${file}, pipeline ${index + 1}`, text] as const,
  ),
)

test('the front page shows one', () => {
  expect(PIPELINES.map(([name]) => name)).toContain('README.md, pipeline 1')
})

test.each(PIPELINES)('%s is valid without a warning', (name, text) => {
  const parsed = parsePipeline(text, name)
  expect('problems' in parsed ? parsed.problems : parsed.warnings).toEqual([])
})
