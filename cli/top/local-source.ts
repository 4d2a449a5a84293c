import { connectionUrl } from '../../adapters/process/connection-url.ts'
import { systemClock } from '../../adapters/process/system-clock.ts'
import { wait } from '../../adapters/process/wait.ts'
import { SharedRedis } from '../../adapters/redis/shared-redis.ts'
import { describeError } from '../../adapters/telemetry/create-logger.ts'
import { UNKNOWN_LOAD } from '../../core/load/unknown-load.ts'
import type { LoadedPipeline } from '../../core/pipeline/resolve-pipeline.ts'
import type { PipelineSignals } from '../../core/signals/pipeline-signals.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { factsOfSignals } from '../../core/top/facts-of-signals.ts'
import { foldReadings, NOTHING_READ } from '../../core/top/fold-readings.ts'
import type { TopFacts } from '../../core/top/top-facts.ts'
import { AlarmClock } from '../../exporter/alarm-clock.ts'
import { PipelineObserver } from '../../exporter/pipeline-observer.ts'
import { databaseUrlOf, redisUrlOf } from '../connections.ts'
import { type LocalState, readLocalState } from '../up/state-folder.ts'
import { readLocalWorkers } from './read-local-workers.ts'
import type { TopSource } from './top-source.ts'

/** Whatever a server does, something is told by then. */
const LOOK_MS = 10_000
const POLL_MS = 50

/** Looks at a pipeline's servers as an exporter does, and at the workers that `mp up` runs for it in this folder. */
export class LocalSource implements TopSource {
  readonly #pipeline: LoadedPipeline
  readonly #observer: PipelineObserver
  #read = NOTHING_READ

  /** Throws `ConfigurationError` where nobody says where its servers are. */
  constructor(pipeline: LoadedPipeline, everyMs: number) {
    const { name } = pipeline.pipeline.metadata
    const [redis, database] = [redisUrlOf(name), databaseUrlOf(name)]
    this.#pipeline = pipeline
    this.#observer = new PipelineObserver({
      pipeline,
      connections: {
        redis: () => connectionUrl(process.env, 'REDIS_URL', redis),
        database: () => connectionUrl(process.env, 'DATABASE_URL', database),
      },
      shared: { redis: new SharedRedis(), alarms: new AlarmClock() },
      everyMs,
      onLook: () => undefined,
      onFailure: (_part, error) => describeError(error).message,
    })
  }

  /** What is seen is no older than `since`, if that is given: ISO text. */
  async look(stop: AbortSignal, since = ''): Promise<TopFacts> {
    const { pipeline } = this.#pipeline
    const { name } = pipeline.metadata
    const state = readLocalState(name)
    const readings = await readLocalWorkers(state?.workers ?? [])
    this.#read = foldReadings(this.#read, readings, performance.now())
    const { members, notes, ...seen } = factsOfSignals(await this.#signals(stop, since), this.#read)
    return {
      pipeline: name,
      place: state === undefined ? 'no mp up in this folder' : 'mp up in this folder',
      at: formatInstant(systemClock.now()),
      ...seen,
      workers: {
        ready: state === undefined ? (members.length > 0 ? members.length : null) : readings.size,
        wanted: wantedOf(state),
        members,
      },
      scaling: scalingOf(state, pipeline.spec.workers.scaling.mode),
      notes: [...notes, ...(state === undefined ? ['no mp up for it runs in this folder: freshness is unknown'] : [])],
    }
  }

  /** What the workers have done so far does not count any more. */
  startOver(): void {
    this.#read = NOTHING_READ
  }

  close(): Promise<void> {
    return this.#observer.stop()
  }

  /** The first look takes a moment. */
  async #signals(stop: AbortSignal, since: string): Promise<PipelineSignals> {
    const until = performance.now() + LOOK_MS
    const isAwaited = () => (this.#observer.latest?.observedAt ?? '') <= since
    while (isAwaited() && !stop.aborted && performance.now() < until) await wait(POLL_MS, stop)
    return this.#observer.latest ?? NOT_SEEN
  }
}

const NOT_YET = { unreachable: 'no look has come to an end yet' }

const NOT_SEEN: PipelineSignals = {
  observedAt: '',
  source: NOT_YET,
  database: NOT_YET,
  load: UNKNOWN_LOAD,
}

function wantedOf(state: LocalState | undefined): number | null {
  if (state === undefined) return null
  return state.scaling?.decision.replicas ?? state.workers.length
}

function scalingOf(state: LocalState | undefined, mode: string): TopFacts['scaling'] {
  if (state === undefined) return null
  const { decision } = state.scaling ?? {}
  if (decision !== undefined) return { mode, reason: decision.reason, message: decision.message }
  return { mode, reason: 'Fixed', message: 'as many as mp up was told' }
}
