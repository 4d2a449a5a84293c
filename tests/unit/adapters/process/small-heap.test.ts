import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const FEW_NEW_OBJECTS = '--max-semi-space-size=1'
const SMALL_HEAP = ['--memory-saver-mode', FEW_NEW_OBJECTS]

/** Holds what a worker holds, and much more for a while. */
const WORK = `
  const held = Array.from({ length: 150_000 }, (_, index) => ({ index, text: 'held-' + index }))
  const recent = []
  for (let turn = 0; turn < 4_000; turn += 1) {
    recent[turn % 30] = Array.from({ length: 2_000 }, (_, index) => ({ turn, index }))
  }
  if (held.length + recent.length === 0) throw new Error('both are held')
`

/** How often a process has marked all that it holds. */
async function fullCollections(flags: readonly string[], before = ''): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    '--trace-gc',
    '--input-type=module',
    '--eval',
    before + WORK,
  ])
  return stdout.match(/Mark-Compact/g)?.length ?? 0
}

const GROW = `import { growSmallHeapFurther } from ${JSON.stringify(new URL('../../../../adapters/process/small-heap.ts', import.meta.url).href)}
growSmallHeapFurther()
`

test('a small heap that grows further is marked less often', async () => {
  const [small, further] = [await fullCollections(SMALL_HEAP), await fullCollections(SMALL_HEAP, GROW)]
  expect(small).toBeGreaterThan(10)
  expect(further).toBeLessThan(0.8 * small)
})

test('any other heap grows as before', async () => {
  const [usual, further] = [await fullCollections([FEW_NEW_OBJECTS]), await fullCollections([FEW_NEW_OBJECTS], GROW)]
  expect(further).toBeLessThan(1.5 * usual) // it would be marked twice as often
})
