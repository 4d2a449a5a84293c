import type { CommandSender } from './command-sender.ts'
import { LAST_IDS, readLastIds } from './read-last-ids.ts'

/** A server is done with so many in a third of a millisecond. */
const STREAMS_TOGETHER = 64

interface Question {
  readonly streams: readonly string[]
  readonly answered: PromiseWithResolvers<string>
}

/**
 * What `readLastIds` gives, for many who ask in one turn of the event loop: few commands do for all of them, and a command costs a client more than
 * the ids in it. Who cannot be answered along with others is answered alone, so that what fails for one of them fails for nobody else.
 */
export class JointLastIds {
  readonly #sender: CommandSender
  #waiting: Question[] = []

  constructor(sender: CommandSender) {
    this.#sender = sender
  }

  read(streams: readonly string[]): Promise<string> {
    if (this.#waiting.length === 0) process.nextTick(() => this.#askAll())
    const answered = Promise.withResolvers<string>()
    this.#waiting.push({ streams, answered })
    return answered.promise
  }

  #askAll(): void {
    const most = Math.min(STREAMS_TOGETHER, this.#sender.streamsInACommand)
    const waiting = this.#waiting
    this.#waiting = []
    for (const questions of inCommands(waiting, most)) void this.#ask(questions)
  }

  async #ask(questions: readonly Question[]): Promise<void> {
    if (questions.length === 1) return this.#askAlone(questions)
    const streams = questions.flatMap((question) => question.streams)
    try {
      const [text] = (await this.#sender.send([['eval_ro', LAST_IDS, streams.length, ...streams]])) as [string]
      let start = 0
      for (const { streams, answered } of questions) {
        const end = endOfIds(text, start, streams.length)
        answered.resolve(text.slice(start, end))
        start = end + 1
      }
    } catch {
      this.#askAlone(questions)
    }
  }

  #askAlone(questions: readonly Question[]): void {
    for (const { streams, answered } of questions) answered.resolve(readLastIds(this.#sender, streams))
  }
}

/** Who asks for more streams than go together is alone. */
function inCommands(questions: readonly Question[], mostStreams: number): readonly (readonly Question[])[] {
  const commands: Question[][] = []
  let left = 0
  for (const question of questions) {
    const { length } = question.streams
    if (length <= left) commands.at(-1)?.push(question)
    else {
      commands.push([question])
      left = mostStreams
    }
    left -= length
  }
  return commands
}

/** Where so many ids end that begin there. */
function endOfIds(text: string, start: number, count: number): number {
  let end = start - 1
  for (let id = 0; id < count; id++) {
    end = text.indexOf(' ', end + 1)
    if (end === -1) return text.length
  }
  return end
}
