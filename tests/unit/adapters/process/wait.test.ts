import { expect, test } from 'vitest'
import { wait } from '../../../../adapters/process/wait.ts'

const NEVER = new AbortController().signal

test('what was to be waited for is over: no wait, and nothing for Node to warn of', async () => {
  const warnings: string[] = []
  const note = ({ name }: Error) => warnings.push(name)
  process.on('warning', note)
  await wait(-7, NEVER)
  process.off('warning', note)
  expect(warnings).toEqual([])
})

test('an abort ends it, before it begins or while it lasts', async () => {
  await wait(60_000, AbortSignal.abort())
  const stop = new AbortController()
  const waited = wait(60_000, stop.signal)
  stop.abort()
  await waited
})
