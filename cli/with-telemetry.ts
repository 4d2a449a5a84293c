import { createLogger } from '../adapters/telemetry/create-logger.ts'
import { startTelemetry } from '../adapters/telemetry/start-telemetry.ts'
import type { Terminal } from './terminal.ts'

/** A command's work with its spans sent, where the environment asks for that. Only trouble with it is told. */
export async function withTelemetry<T>(terminal: Terminal, work: () => Promise<T>): Promise<T> {
  const log = createLogger('warn', 'mp', {}, { write: (line) => void terminal.complain(line) })
  const telemetry = await startTelemetry({ environment: process.env, service: 'mp', log })
  try {
    return await work()
  } finally {
    await telemetry.stop()
  }
}
