import { expect, test } from 'vitest'
import { COMMANDS } from '../../../cli/commands.ts'
import { runCli } from '../../../cli/run-cli.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { PIPELINE, pipelineWith } from '../adapters/manifest/pipeline-text.ts'

async function mp(args: readonly string[], input = '') {
  const [out, err]: [string[], string[]] = [[], []]
  const exitCode = await runCli(args, {
    input: (async function* () {
      yield input
    })(),
    write: (text) => out.push(text),
    complain: (text) => err.push(text),
  })
  return { exitCode, out: out.join(''), err: err.join('') }
}

const EXAMPLE = 'examples/airport-departures.yaml'

test('the version is that of the package', async () => {
  expect(await mp(['--version'])).toEqual({ exitCode: 0, out: `${packageJson.version}\n`, err: '' })
})

test.each([[[]], [['--help']], [['help']]])('%j lists every command', async (args) => {
  const { exitCode, out, err } = await mp(args)
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  for (const { name, summary } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 20)}`, 'm'))
})

test.each(COMMANDS.map(({ name }) => [name]))('%s explains itself, with examples', async (name) => {
  const [asked, helped] = [await mp([name, '--help']), await mp(['help', name])]
  expect(asked.exitCode).toBe(0)
  expect(asked.out).toContain('Examples:')
  expect(helped).toEqual(asked)
})

test.each([
  ['an unknown command', ['rendr'], /unknown command 'rendr'\n\(Did you mean render\?\)/],
  [
    'an unknown option',
    ['render', '-f', EXAMPLE, '--ouput', 'json'],
    /unknown option '--ouput'\n\(Did you mean --output\?\)\nSee 'mp render --help' for usage\./,
  ],
  ['no file', ['validate'], /required option '-f, --filename <files\.\.\.>' not specified/],
  [
    'an output format that there is not',
    ['render', '-f', EXAMPLE, '-o', 'xml'],
    /'xml' is invalid\. Allowed choices are yaml, json/,
  ],
  [
    'an option that a command below another lacks',
    ['dead-letters', 'list', '-f', EXAMPLE, '--resaon', 'x'],
    /unknown option '--resaon'\n\(Did you mean --reason\?\)\nSee 'mp dead-letters list --help' for usage\./,
  ],
  [
    'a dead letter that is no number',
    ['dead-letters', 'show', '-f', EXAMPLE, 'x'],
    /'x' is invalid for argument 'ids?'\. write the number that mp dead-letters list shows/,
  ],
  [
    'one of several dead letters that is no number',
    ['dead-letters', 'replay', '-f', EXAMPLE, '1', 'x'],
    /'x' is invalid for argument 'ids?'\. write the number/,
  ],
  [
    'a format of the list that there is not',
    ['dead-letters', 'list', '-f', EXAMPLE, '-o', 'xml'],
    /'xml' is invalid\. Allowed choices are table, json/,
  ],
  ['a rate of nothing', ['publish', '-f', EXAMPLE, '--rate', '0'], /write a whole number of at least 1/],
  [
    'standard input for two things',
    ['publish', '-f', '-'],
    /^standard input cannot be both the pipeline and the events/,
  ],
  ['a file that there is not', ['render', '-f', 'missing.yaml'], /^missing\.yaml: there is no such file\n$/],
  ['a folder', ['render', '-f', 'examples'], /^examples: this is a folder; name a file in it\n$/],
])('%s is wrong usage: exit code 2, no stack trace', async (_what, args, message) => {
  const { exitCode, out, err } = await mp(args)
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
  expect(err).toMatch(message)
  expect(err).not.toMatch(/^\s+at /m)
})

test('validate says what a valid file measures', async () => {
  expect(await mp(['validate', '-f', EXAMPLE])).toEqual({
    exitCode: 0,
    out: 'metricspipeline/airport-departures is valid: 4 metrics of each airport over 7d, 30d, 90d\n',
    err: '',
  })
})

test('validate reads standard input', async () => {
  const { exitCode, err } = await mp(['validate', '-f', '-'], pipelineWith('[7d, 30d]', '[7x]'))
  expect({ exitCode, err }).toEqual({
    exitCode: 2,
    err: 'stdin:11: spec.metrics.windows[0]: "7x" is no duration; write one such as 7d\n',
  })
})

test('validate goes on after an invalid file', async () => {
  const { exitCode, out, err } = await mp(['validate', '-f', 'missing.yaml', EXAMPLE, 'examples'])
  expect(exitCode).toBe(2)
  expect(out).toContain('metricspipeline/airport-departures is valid')
  expect(err.trimEnd().split('\n')).toHaveLength(2)
})

test('render prints one plan in both formats', async () => {
  const yaml = await mp(['render', '-f', '-'], PIPELINE)
  const json = await mp(['render', '-f', '-', '-o', 'json'], PIPELINE)
  const plan: unknown = JSON.parse(json.out)
  expect(plan).toMatchObject({ pipeline: 'airport-departures' })
  expect((await import('yaml')).parse(yaml.out)).toEqual(plan)
})
