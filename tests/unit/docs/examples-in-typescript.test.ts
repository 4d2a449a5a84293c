import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { docBlocks } from '../../support/doc-blocks.ts'

const OPTIONS = [
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--allowImportingTsExtensions',
  '--resolveJsonModule',
  ...['--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext.disposable'],
  ...['--types', 'node', '--typeRoots', resolve('node_modules/@types')],
]

test('the examples that are in TypeScript have no mistake in their types', async () => {
  const examples = globSync('docs/**/*.md').flatMap((page) =>
    docBlocks(page).filter(({ language }) => language === 'ts'),
  )
  expect(examples.length).toBeGreaterThan(3)
  const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-examples-'))
  try {
    const files = examples.map((_, index) => `example-${index + 1}.ts`)
    for (const [index, { text }] of examples.entries())
      await writeFile(
        join(folder, files[index] as string),
        text.replaceAll(`'${packageJson.name}'`, `'${resolve('index.ts')}'`),
      )
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const env = { ...process.env, PATH: [resolve('node_modules/.bin'), process.env['PATH']].join(delimiter) }
    await promisify(execFile)('tsc', [...OPTIONS, ...files], { cwd: folder, env }).catch(
      (error: { stdout: string }) => {
        throw new Error(error.stdout)
      },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the reference of the library names everything that it exports', async () => {
  const exported = [...(await readFile('index.ts', 'utf8')).matchAll(/^export \{(.*)\} from/gm)].flatMap(
    ([, names = '']) => names.split(',').map((name) => name.replace('type ', '').trim()),
  )
  const page = await readFile('docs/reference/library.md', 'utf8')
  expect(exported.filter((name) => !page.includes(name))).toEqual([])
})
