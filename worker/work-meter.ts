import type { Work } from '../adapters/postgres/member-store.ts'
import type { WorkerMetrics } from '../adapters/telemetry/worker-metrics.ts'
import { type Activity, BusyTime } from '../core/load/busy-time.ts'
import type { Clock } from '../core/time/clock.ts'
import { ENTITIES_PER_EVALUATION } from './evaluation-loop.ts'

const NONE: Work = { busyMs: 0, entriesDone: 0 }

/** Counts what a worker tells of its work with each heartbeat: for how long a batch or an evaluation was under way, and how many entries are done. */
export class WorkMeter {
  readonly #clock: Clock
  readonly #metrics: WorkerMetrics
  readonly #batchSize: number
  readonly #busy = new BusyTime()
  #entriesDone = 0
  #exposedMs = 0
  #forgotten = NONE

  /** `batchSize`: the most entries that a batch has. */
  constructor(clock: Clock, metrics: WorkerMetrics, batchSize: number) {
    this.#clock = clock
    this.#metrics = metrics
    this.#batchSize = batchSize
  }

  /** A batch of entries is under way. */
  beginBatch(): void {
    this.#busy.begin('batch', this.#clock.monotonicMs())
  }

  endBatch(entries: number): void {
    this.#end('batch', entries / this.#batchSize)
  }

  /** Rows are being recomputed. */
  begin(): void {
    this.#busy.begin('evaluation', this.#clock.monotonicMs())
  }

  end(entities: number): void {
    this.#end('evaluation', entities / ENTITIES_PER_EVALUATION)
  }

  #end(activity: Activity, fill: number): void {
    const now = this.#clock.monotonicMs()
    this.#busy.end(activity, now, Math.min(1, fill))
    const totalMs = this.#busy.totalMs(now)
    this.#metrics.busySeconds.inc((totalMs - this.#exposedMs) / 1_000)
    this.#exposedMs = totalMs
  }

  /** These were acknowledged, whatever became of them. */
  done(entries: number): void {
    this.#entriesDone += entries
  }

  /** Since the beginning, or since it last began anew. Neither number ever falls in between. */
  read(): Work {
    const { busyMs, entriesDone } = this.#all()
    return { busyMs: busyMs - this.#forgotten.busyMs, entriesDone: entriesDone - this.#forgotten.entriesDone }
  }

  /** Counts from zero. */
  beginAnew(): void {
    this.#forgotten = this.#all()
  }

  #all(): Work {
    const busyMs = Math.floor(this.#busy.totalMs(this.#clock.monotonicMs()))
    return { busyMs, entriesDone: this.#entriesDone }
  }
}
