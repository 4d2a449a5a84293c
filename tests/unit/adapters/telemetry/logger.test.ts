import { expect, test } from 'vitest'
import { createLogger, describeError, type Logger } from '../../../../adapters/telemetry/create-logger.ts'
import { LOG_FIELDS } from '../../../../adapters/telemetry/log-fields.ts'
import { captureLog } from '../../../support/captured-log.ts'

/** Never called: it is for the compiler, which `make check` runs, and which fails where one of these is not refused. */
function refused(log: Logger, name: string, event: { readonly event: string; readonly secret: string }): void {
  // @ts-expect-error a message with variable text in it
  log.info({}, `worker ${name} reads`)
  // @ts-expect-error a message that is somebody else's text
  log.info({}, name)
  // @ts-expect-error a field that is not on the list
  log.info({ secret: 1 }, 'worker reads')
  // @ts-expect-error the same, out of the compiler's sight at first
  log.warn(event, 'stream event')
  // @ts-expect-error the same, among others
  log.warn({ ...event, stream: 'orders' }, 'stream event')
  // @ts-expect-error a field of another type
  log.error({ port: '8080' }, 'worker reads')
  // @ts-expect-error a line without a message
  log.error({ port: 8080 })
}

test('the compiler has looked at what it is to refuse', () => {
  expect(refused).toBeTypeOf('function')
})

test('one of several messages is as constant as one', () => {
  const { log, lines } = captureLog()
  for (const message of ['worker reads', 'worker drains'] as const) log.info({ port: 1 }, message)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'worker reads', port: 1 },
    { msg: 'worker drains' },
  ])
})

test.each(Object.entries(LOG_FIELDS))('%s has a meaning, told without a full stop', (_name, { meaning }) => {
  expect(meaning).toMatch(/^[A-Z].{3,}[^.]$/)
})

test('no field takes the place of what every line has', () => {
  for (const name of ['time', 'level', 'msg']) expect(LOG_FIELDS).not.toHaveProperty(name)
})

test('a line holds its fields, its component and the time', () => {
  const lines: string[] = []
  const log = createLogger('info', 'worker', { consumer: 'one' }, { write: (line) => lines.push(line) })
  log.warn({ error: new Error('it broke'), attempt: 2 }, 'commit failed, entries stay pending')
  log.debug({}, 'not told')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      component: 'worker',
      consumer: 'one',
      error: { name: 'Error', message: 'it broke', stack: expect.any(String) },
      attempt: 2,
      msg: 'commit failed, entries stay pending',
    },
  ])
})

test.each<[what: string, thrown: unknown]>([
  ['an error', new Error('no answer from redis://:s3cret@host')],
  ['what is no error', 'no answer from redis://:s3cret@host'],
])('%s that was thrown is told without its credentials', (_what, thrown) => {
  expect(describeError(thrown).message).toBe('no answer from redis://:***@host')
})
