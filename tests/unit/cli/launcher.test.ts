import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

async function launch(args: readonly string[]) {
  const child = spawn(process.execPath, ['cli/mp.mjs', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { exitCode: child.exitCode, out, err }
}

test.each([
  ['a valid file', 'examples/airport-departures.yaml', 0],
  ['an invalid one', 'missing.yaml', 2],
])('the real command ends with its exit code for %s', async (_what, file, exitCode) => {
  expect((await launch(['validate', '-f', file])).exitCode).toBe(exitCode)
})
