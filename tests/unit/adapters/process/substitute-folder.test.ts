import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeSubstitute, removeOrphanedSubstitutes } from '../../../../adapters/process/servers/substitute-folder.ts'

// A folder that stands in for another one goes when that one has gone, and not before: it may hold somebody's only copy.

let folder: string
let parent: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-substitutes-'))
  parent = join(folder, 'var')
  await mkdir(parent)
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** A substitute with something in it for a folder of this name. */
async function substituteOf(name: string): Promise<{ readonly owner: string; readonly substitute: string }> {
  const owner = join(folder, name, '.mp/postgres')
  await mkdir(owner, { recursive: true })
  const substitute = await makeSubstitute(owner, parent)
  await mkdir(join(substitute, 'data'))
  await writeFile(join(substitute, 'data/PG_VERSION'), '18\n')
  return { owner, substitute }
}

test('it is the same each time, and another one for each folder', async () => {
  const { owner, substitute } = await substituteOf('laptop')
  const other = await substituteOf('other')
  expect(await makeSubstitute(owner, parent)).toBe(substitute)
  expect(other.substitute).not.toBe(substitute)
  expect(await readdir(join(substitute, 'data'))).toEqual(['PG_VERSION'])
})

test('it is removed once its folder is gone, and no other one is', async () => {
  const { substitute } = await substituteOf('thrown-away')
  const kept = await substituteOf('kept')
  await removeOrphanedSubstitutes(parent)
  expect(await names()).toHaveLength(2)
  await rm(join(folder, 'thrown-away'), { recursive: true })
  await removeOrphanedSubstitutes(parent)
  expect(await names()).toEqual([kept.substitute])
  expect(await readdir(join(kept.substitute, 'data'))).toEqual(['PG_VERSION'])
  await expect(stat(substitute)).rejects.toThrow('ENOENT')
})

test.each<[sentence: string, change: (substitute: string) => Promise<unknown>]>([
  ['nobody knows whose it is', (substitute) => rm(join(substitute, 'owner.json'))],
  ['its folder lies on a disk that is not there now', (substitute) => rewrite(substitute, { device: '0' })],
  ['its server still runs', (substitute) => writeFile(join(substitute, 'data/postmaster.pid'), `${process.pid}\n`)],
])('it stays where %s', async (_sentence, change) => {
  const { substitute } = await substituteOf('gone')
  await change(substitute)
  await rm(join(folder, 'gone'), { recursive: true })
  await removeOrphanedSubstitutes(parent)
  expect(await names()).toEqual([substitute])
})

test("what has another name is nobody's business", async () => {
  for (const name of ['metrics-pipeline-test-1-abcdef', 'metrics-pipeline-0123456789ab', 'something']) {
    await mkdir(join(parent, name))
    await writeFile(join(parent, name, 'file'), '')
  }
  await removeOrphanedSubstitutes(parent)
  expect(await names()).toHaveLength(3)
})

test('where the parent is missing there is nothing to remove', async () => {
  await rm(parent, { recursive: true })
  await expect(removeOrphanedSubstitutes(parent)).resolves.toBeUndefined()
})

async function names(): Promise<readonly string[]> {
  return (await readdir(parent)).map((name) => join(parent, name)).sort()
}

async function rewrite(substitute: string, change: object): Promise<void> {
  const file = join(substitute, 'owner.json')
  const owner = JSON.parse(await readFile(file, 'utf8')) as object
  await writeFile(file, JSON.stringify({ ...owner, ...change }))
}
