import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { formatTable } from '../format-table.ts'
import { type TierChange, watchedWindow } from './tier-watch.ts'

export interface DemoState {
  readonly phase: string
  readonly published: number
  readonly eventsPerSecond: number
  readonly backlog: number
  readonly marks: number
  readonly entities: number
  /** In seconds; undefined while nothing came. */
  readonly freshnessP50: number | undefined
  readonly freshnessP99: number | undefined
  readonly workers: number
  readonly deadLetters: number
  readonly tiers: ReadonlyMap<string, number>
  /** The newest first. */
  readonly changes: readonly TierChange[]
}

const CHANGES_SHOWN = 8
const CLEAR_BELOW = '\u001b[J'

/** Shows how a demonstration goes: redrawn in place on a terminal, one plain line at a time elsewhere. */
export class LiveView {
  readonly #stream: NodeJS.WriteStream
  readonly #set: MetricSet
  #height = 0
  #lastLine = ''

  constructor(stream: NodeJS.WriteStream, set: MetricSet) {
    this.#stream = stream
    this.#set = set
  }

  get isRedrawn(): boolean {
    return this.#stream.isTTY
  }

  show(state: DemoState): void {
    if (!this.isRedrawn) return this.#print(this.#line(state))
    const lines = this.#lines(state)
    const up = this.#height === 0 ? '' : `\u001b[${this.#height}A`
    this.#stream.write(`\r${up}${CLEAR_BELOW}${lines.join('\n')}\n`)
    this.#height = lines.length
  }

  /** A line that stays, above what is redrawn. */
  tell(line: string): void {
    if (this.#height > 0) this.#stream.write(`\r\u001b[${this.#height}A${CLEAR_BELOW}`)
    this.#stream.write(`${line}\n`)
    this.#height = 0
  }

  /** Leaves what is shown where it is; what comes next begins below. */
  settle(): void {
    this.#height = 0
  }

  #print(line: string): void {
    if (line !== this.#lastLine) this.#stream.write(`${line}\n`)
    this.#lastLine = line
  }

  #line(state: DemoState): string {
    const [change] = state.changes
    const parts = [
      state.phase,
      `${whole(state.published)} published`,
      `${whole(state.eventsPerSecond)} events/s`,
      `backlog ${whole(state.backlog)}`,
      `dirty ${whole(state.marks)}`,
      ...(state.freshnessP50 === undefined
        ? []
        : [`freshness p50 ${seconds(state.freshnessP50)} p99 ${seconds(state.freshnessP99)}`]),
      plural(state.workers, 'worker'),
      ...(state.deadLetters === 0 ? [] : [plural(state.deadLetters, 'dead letter')]),
      ...(change === undefined ? [] : [`${change.entity}: ${change.from} -> ${change.to}`]),
    ]
    return parts.join(', ')
  }

  #lines(state: DemoState): readonly string[] {
    const tiers = [...state.tiers].map(([tier, count]) => `   ${tier} ${count}`).join('')
    const { entity, entities = 'entities' } = this.#set
    const rows = state.changes
      .slice(0, CHANGES_SHOWN)
      .map(({ entity, from, to, metrics }) => [
        entity,
        `${from} -> ${to}`,
        ...Object.values(metrics).map((value) => value ?? 'none'),
      ])
    const names = Object.keys(state.changes[0]?.metrics ?? {})
    const width = (this.#stream.columns ?? 120) - 1
    return [
      '',
      `  ${state.phase}`,
      '',
      `  published ${pad(state.published)}   events/s  ${pad(state.eventsPerSecond)}   workers      ${state.workers}`,
      `  backlog   ${pad(state.backlog)}   dirty     ${pad(state.marks)}   dead letters ${state.deadLetters}`,
      `  freshness p50 ${seconds(state.freshnessP50)}, p99 ${seconds(state.freshnessP99)} (of live events, from publishing to the row, debounce included)`,
      '',
      `  ${state.entities} ${entities} over ${watchedWindow(this.#set)} days${tiers}`,
      '',
      ...(rows.length === 0
        ? []
        : formatTable(
            [entity, 'tier', ...names].map((title) => title.toUpperCase()),
            rows,
          )
            .trimEnd()
            .split('\n')
            .map((line) => `  ${line}`)),
    ].map((line) => line.slice(0, width))
  }
}

function seconds(value: number | undefined): string {
  if (value === undefined) return '-'
  if (value === Number.POSITIVE_INFINITY) return '> 15 min'
  return value < 1 ? `${Math.round(value * 1_000)} ms` : `${value.toFixed(1)} s`
}

function pad(value: number): string {
  return whole(value).padStart(9)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function plural(count: number, name: string): string {
  return `${whole(count)} ${count === 1 ? name : `${name}s`}`
}
