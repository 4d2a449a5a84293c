import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

export interface Bundles extends AsyncDisposable {
  /** The file that runs a program in the image. */
  readonly fileOf: (program: 'worker' | 'aggregator' | 'exporter') => string
}

/** What `make build` makes, in a folder of its own. */
export async function buildBundles(): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-bundles-'))
  const PATH = [resolve('node_modules/.bin'), process.env['PATH']].join(delimiter)
  await promisify(execFile)(process.execPath, ['tools/build.ts', folder], { env: { ...process.env, PATH } })
  return {
    fileOf: (program) => join(folder, `${program}.mjs`),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
