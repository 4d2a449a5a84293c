import { expect, test } from 'vitest'
import { OperatedNamespace } from '../../support/cluster/operated-namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { logLines } from '../../support/log-lines.ts'

test('an operator logs everything from one signal on, and as much as before from the next', async () => {
  await using here = await OperatedNamespace.open()
  const last = () => logLines(here.operator.output).at(-1)
  here.operator.kill('SIGUSR2')
  await eventually(() => expect(last()).toMatchObject({ msg: 'the log level is changed', logLevel: 'debug' }))
  await here.settled('orders') // whose exporter nobody runs
  await eventually(async () => {
    await here.runPods()
    expect(logLines(here.operator.output)).toContainEqual(
      expect.objectContaining({ level: 'debug', msg: 'it does not answer', namespace: here.namespace.name }),
    )
  })
  here.operator.kill('SIGUSR2')
  await eventually(() =>
    expect(logLines(here.operator.output)).toContainEqual(
      expect.objectContaining({ msg: 'the log level is changed', logLevel: 'info' }),
    ),
  )
})
