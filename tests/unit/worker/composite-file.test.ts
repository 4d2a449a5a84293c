import { expect, test } from 'vitest'
import type { WantedComposite } from '../../../core/pipeline/wanted-composite.ts'
import { CompositeFile } from '../../../worker/composite-file.ts'
import { MountedFolder } from '../../support/mounted-folder.ts'

const NAME = 'composite.json'

const WANTED: WantedComposite = {
  settings: { strategy: 'Hybrid', minIntervalMs: 10_000, maxStaleMs: 30_000, eventThreshold: 100 },
  weights: { base: 50 },
  historyLimit: 10,
}

test('what it says changes when the mounted file does, and ends with it', async () => {
  await using folder = await MountedFolder.create()
  const file = new CompositeFile(folder.pathOf(NAME))
  expect(await file.read()).toBeUndefined()
  await folder.set({ [NAME]: JSON.stringify(WANTED) })
  const first = await file.read()
  expect(first).toEqual(WANTED)
  expect(await file.read()).toBe(first) // and nothing was read again
  await folder.set({ [NAME]: JSON.stringify({ ...WANTED, historyLimit: 5 }) })
  expect(await file.read()).toEqual({ ...WANTED, historyLimit: 5 })
  await folder.change({ [NAME]: undefined })
  expect(await file.read()).toBeUndefined()
})

test('a file that cannot be understood is an error each time, until there is another one', async () => {
  await using folder = await MountedFolder.create({ [NAME]: '{' })
  const file = new CompositeFile(folder.pathOf(NAME))
  await expect(file.read()).rejects.toThrow('JSON')
  await expect(file.read()).rejects.toThrow('JSON')
  await folder.set({ [NAME]: JSON.stringify(WANTED) })
  expect(await file.read()).toEqual(WANTED)
})
