import { systemClock } from '../../adapters/process/system-clock.ts'
import { wait } from '../../adapters/process/wait.ts'
import { describeError } from '../../adapters/telemetry/create-logger.ts'
import { formatInstant } from '../../core/time/instant.ts'
import type { Room } from '../../core/top/screen.ts'
import type { TopFacts } from '../../core/top/top-facts.ts'
import { topLine } from '../../core/top/top-line.ts'
import { topScreen } from '../../core/top/top-screen.ts'
import { unknownFacts } from '../../core/top/unknown-facts.ts'
import type { Terminal } from '../terminal.ts'
import { LiveView } from './live-view.ts'
import type { TopSource } from './top-source.ts'

export interface WatchOptions {
  readonly everyMs: number
  /** Look twice, for what happens in a second shows between two looks, and tell what was seen. */
  readonly once: boolean
  readonly isJson: boolean
}

/** As wide and as long as it gets. */
const UNBOUNDED: Room = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY }

/** Shows a pipeline until `stop` is aborted, or once. The first look throws what it throws; after that what cannot be seen is told as such. */
export async function watchPipeline(
  source: TopSource,
  { everyMs, once, isJson }: WatchOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const first = await unlessStopped(source.look(stop), stop)
  if (first === undefined) return
  if (once) {
    await wait(everyMs, stop)
    const facts = await unlessStopped(source.look(stop), stop)
    if (facts !== undefined) terminal.write(isJson ? json(facts) : table(facts))
    return
  }
  const view = new LiveView(process.stdout, { wholeScreen: true })
  const show = isJson ? (facts: TopFacts) => terminal.write(json(facts)) : (facts: TopFacts) => draw(view, facts)
  try {
    for (let facts = first; !stop.aborted; facts = await lookAgain(source, facts, stop)) {
      show(facts)
      await wait(everyMs, stop)
    }
  } finally {
    view.close()
  }
}

async function unlessStopped<T>(look: Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  try {
    return await look
  } catch (error) {
    if (stop.aborted) return undefined
    throw error
  }
}

function draw(view: LiveView, facts: TopFacts): void {
  view.show({
    screen: (room) => topScreen(facts, room, { headline: `${facts.place}   Ctrl-C ends` }),
    line: () => topLine(facts, { first: [facts.at.slice(0, 19).concat('Z'), facts.pipeline] }),
  })
}

/** Numbers of before are no numbers: only whose they would be is still known. */
async function lookAgain(source: TopSource, { pipeline, place }: TopFacts, stop: AbortSignal): Promise<TopFacts> {
  try {
    return await source.look(stop)
  } catch (error) {
    const at = formatInstant(systemClock.now())
    return unknownFacts({ pipeline, place, at }, `it cannot be looked at: ${describeError(error).message}`)
  }
}

function json(facts: TopFacts): string {
  return `${JSON.stringify(facts)}\n`
}

function table(facts: TopFacts): string {
  return `${topScreen(facts, UNBOUNDED)
    .map(({ text }) => text)
    .join('\n')}\n`
}
