import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { helmAlone } from '../support/cluster/chart.ts'
import { docBlocks } from '../support/doc-blocks.ts'

/** Prints the arguments of each helm that a block runs, a line each, and an empty line after them; runs nothing else. */
const TELL = `
helm() { printf '%s\\n' "$@" ''; }
for name in kubectl docker kind k3s sudo make; do eval "$name() { :; }"; done
`

function helmCommandsOf(block: string): readonly (readonly string[])[] {
  const told = execFileSync('bash', ['-euc', `${TELL}${block}`], { encoding: 'utf8' })
  return told.split('\n\n').flatMap((command) => (command === '' ? [] : [command.split('\n')]))
}

/** How documents install and upgrade the chart: `helm install operator charts/...` and what follows. */
const COMMANDS = globSync('docs/**/*.md').flatMap((page) =>
  docBlocks(page)
    .filter(({ language, text }) => language === 'sh' && /^helm (install|upgrade) /m.test(text))
    .flatMap(({ text }) => helmCommandsOf(text))
    .filter(([verb]) => verb === 'install' || verb === 'upgrade')
    .map(([, ...args]) => [page, args] as const),
)

/** Those for a cluster; what is left says what is rendered. */
const ABOUT_THE_CLUSTER = ['--create-namespace', '--reset-then-reuse-values']

test('documents say how the chart is installed', () => {
  expect(COMMANDS.map(([page]) => page)).toContain('docs/how-to/install-in-a-cluster.md')
})

test.each(COMMANDS)('%s: helm renders %j', async (_page, args) => {
  const rendering = args.filter((arg) => !ABOUT_THE_CLUSTER.includes(arg))
  expect(await helmAlone(['template', ...rendering])).toMatchObject({ code: 0, err: '' })
})
