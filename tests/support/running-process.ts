import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from './eventually.ts'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A process of a test, and what it says. */
export class RunningProcess {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #said = { out: '', err: '' }

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#said.out += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said.err += text))
    child.stdin?.on('error', () => undefined) // it ended without reading everything
    this.ended = once(child, 'close').then(() => ({ code: child.exitCode, ...this.#said }))
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the process did not start')
    return pid
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves once it has said this on its standard output; gives the last match. */
  async saying(pattern: RegExp, { withinMs }: { readonly withinMs?: number } = {}): Promise<RegExpMatchArray> {
    return await eventually(
      () => {
        const found = [...this.#said.out.matchAll(new RegExp(pattern, `${pattern.flags}g`))].at(-1)
        if (found !== undefined) return found
        throw new Error(`${pattern} was not said, but:\n${this.#said.out}${this.#said.err}`)
      },
      withinMs === undefined ? {} : { withinMs },
    )
  }

  /** Everything that it has said so far: on standard output, then on standard error. */
  get output(): string {
    return this.#said.out + this.#said.err
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
