import { expect, test } from 'vitest'
import type { WantedComposite } from '../../../core/pipeline/wanted-composite.ts'
import { watchFile } from '../../../worker/file-watch.ts'
import { readComposite } from '../../../worker/read-composite.ts'
import { eventually } from '../../support/eventually.ts'
import { MountedFolder } from '../../support/mounted-folder.ts'

const NAME = 'composite.json'

const WANTED: WantedComposite = {
  settings: { strategy: 'Hybrid', minIntervalMs: 10_000, maxStaleMs: 30_000, eventThreshold: 100 },
  weights: { base: 50 },
  historyLimit: 10,
}

test('what the file says is read again when the mounted folder shows another one', async () => {
  await using folder = await MountedFolder.create()
  const path = folder.pathOf(NAME)
  const stop = new AbortController()
  const read: WantedComposite[] = []
  const watching = watchFile(path, async () => void read.push(await readComposite(path)), stop.signal)
  for (const historyLimit of [10, 5]) {
    await folder.set({ [NAME]: JSON.stringify({ ...WANTED, historyLimit }) })
    await eventually(() => expect(read.at(-1)).toEqual({ ...WANTED, historyLimit }))
  }
  stop.abort()
  await watching
})

test.each<[sentence: string, text: string]>([
  ['no JSON', '{'],
  ['nothing', 'null'],
  ['a strategy of an operator that knows more', said({ strategy: 'Lunar' })],
  ['no time between two scores', said({ minIntervalMs: 0 })],
  ['a threshold that is always reached', said({ eventThreshold: 0 })],
  ['ages that nobody can keep', said({ maxStaleMs: 23_999 })],
  ['half a setting', said({ maxStaleMs: undefined })],
])('a file with %s is an error', async (_sentence, text) => {
  await using folder = await MountedFolder.create({ [NAME]: text })
  await expect(readComposite(folder.pathOf(NAME))).rejects.toThrow()
})

function said(change: Record<string, unknown>): string {
  return JSON.stringify({ ...WANTED, settings: { ...WANTED.settings, ...change } })
}
