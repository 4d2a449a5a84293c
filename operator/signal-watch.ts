import * as z from 'zod'
import { AnswerTooLongError, getText } from '../adapters/http/get-text.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { BRIEF_MS } from '../core/autoscaling/silence.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import { HTTP_PORT } from '../core/operator/objects/operand-pod.ts'
import { sameSubstance } from '../core/signals/same-substance.ts'
import { signalsChanged } from '../core/signals/signals-changed.ts'
import type { Clock } from '../core/time/clock.ts'
import type { ClusterView } from './cluster-view.ts'
import { ExporterWords, NOT_UNDERSTOOD } from './exporter-words.ts'
import type { Known } from './sighting.ts'

export interface SignalWatchOptions {
  readonly view: Pick<ClusterView, 'namespaces' | 'pipelinesIn' | 'exporterPods'>
  readonly intervalMs: number
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly log: Logger
  /** Called for each pipeline about which something else is known than before. */
  readonly onChange: (namespace: string, pipeline: string, change: 'substance' | 'numbers') => void
  /** Called for each pipeline after each look, whether or not anything was to be seen. */
  readonly onLook: (pipeline: KubernetesObject) => void
}

/** What was said of each pipeline, or why nothing was. */
type Answer = ExporterWords | Silence

interface Silence extends Known {
  readonly signals: undefined
  readonly trouble: string
}

interface Told {
  readonly known: Known
  /** Since when nothing more is known, though what was known is still told. */
  readonly silentSinceMs: number | undefined
}

const TIMEOUT_MS = 5_000
const MOST_BYTES = 32 * 1024 * 1024

/**
 * Asks every namespace's exporter what it sees, again and again. What cannot be asked is unknown at once, for old numbers are none to decide by;
 * people are told of it when it has lasted.
 */
export class SignalWatch {
  readonly #options: SignalWatchOptions
  readonly #answers = new Map<string, Answer>()
  /** By namespace, then by pipeline. */
  readonly #told = new Map<string, Map<string, Told>>()
  /** Namespaces whose exporter takes its time to answer: the others do not wait for it. */
  readonly #asking = new Set<string>()

  constructor(options: SignalWatchOptions) {
    this.#options = options
  }

  /** The same object as long as nothing new is seen. */
  known(namespace: string, pipeline: string): Known {
    return knownOf(this.#answers.get(namespace), pipeline)
  }

  /** The same for who tells people: what was known stands for a few seconds more. */
  told(namespace: string, pipeline: string): Known {
    return this.#told.get(namespace)?.get(pipeline)?.known ?? this.known(namespace, pipeline)
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await wait(this.#options.intervalMs, stop)
      void this.look(stop)
    }
  }

  /** Asks each of them once. */
  async look(stop: AbortSignal): Promise<void> {
    const namespaces = new Set(this.#options.view.namespaces())
    for (const known of [this.#answers, this.#told])
      for (const namespace of known.keys()) if (!namespaces.has(namespace)) known.delete(namespace)
    const idle = [...namespaces].filter((namespace) => !this.#asking.has(namespace))
    await Promise.all(idle.map((namespace) => this.#look(namespace, stop)))
  }

  async #look(namespace: string, stop: AbortSignal): Promise<void> {
    this.#asking.add(namespace)
    const answer = await this.#ask(namespace, stop)
    this.#asking.delete(namespace)
    if (stop.aborted) return
    this.#answers.set(namespace, answer)
    const pipelines = this.#options.view.pipelinesIn(namespace)
    const told = this.#told.get(namespace) ?? new Map<string, Told>()
    this.#told.set(namespace, told)
    if (told.size > pipelines.length) forgetOthers(told, pipelines)
    const nowMs = this.#options.clock.monotonicMs()
    for (const pipeline of pipelines) {
      const { name } = pipeline.metadata
      try {
        this.#tell(pipeline, told, knownOf(answer, name), nowMs)
      } catch (error) {
        this.#options.log.error({ error, namespace, pipeline: name }, 'what is seen of a pipeline leads to no decision')
      }
    }
  }

  #tell(pipeline: KubernetesObject, told: Map<string, Told>, known: Known, nowMs: number): void {
    const { namespace = '', name } = pipeline.metadata
    const before = told.get(name)
    const now = tellNext(before, known, nowMs)
    if (now !== before) told.set(name, now)
    const change = changeOf(before?.known ?? UNKNOWN, now.known)
    if (change !== undefined) this.#options.onChange(namespace, name, change)
    this.#options.onLook(pipeline)
  }

  async #ask(namespace: string, stop: AbortSignal): Promise<Answer> {
    const { view, log } = this.#options
    const address = newestFirst(view.exporterPods(namespace))
      .map(readyAddress)
      .find((each) => each !== undefined)
    if (address === undefined) return silence('no pod of it is ready')
    const before = this.#answers.get(namespace)
    const words =
      before instanceof ExporterWords
        ? before
        : new ExporterWords((pipeline, error) => {
            log.debug({ error, namespace, pipeline }, NOT_UNDERSTOOD)
          })
    try {
      const trouble = await hear(words, address, AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]))
      return trouble === undefined ? words : silence(trouble)
    } catch (error) {
      const trouble = troubleIn(error)
      log.debug({ error, namespace }, trouble)
      return silence(trouble)
    }
  }
}

/** Why there is nothing to hear. What does not go on from what is known is asked for from the beginning. */
async function hear(words: ExporterWords, address: string, signal: AbortSignal): Promise<string | undefined> {
  for (const _ of ['what is new', 'everything']) {
    const since = encodeURIComponent(words.cursor)
    const { status, text } = await getText(`http://${address}/signals?since=${since}`, {
      signal,
      mostBytes: MOST_BYTES,
    })
    if (status !== 200) return `it answers ${status}`
    if (words.take(text)) return undefined
  }
  return NOT_UNDERSTOOD
}

const UNKNOWN: Known = { signals: undefined, trouble: undefined }

function silence(trouble: string): Silence {
  return { signals: undefined, trouble }
}

function knownOf(answer: Answer | undefined, pipeline: string): Known {
  return (answer instanceof ExporterWords ? answer.of(pipeline) : answer) ?? UNKNOWN
}

/** The same as before where nothing is new. */
function tellNext(before: Told | undefined, known: Known, nowMs: number): Told {
  if (before?.known === known && before.silentSinceMs === undefined) return before
  if (known.signals !== undefined || before?.known.signals === undefined) return { known, silentSinceMs: undefined }
  const silentSinceMs = before.silentSinceMs ?? nowMs
  return nowMs - silentSinceMs < BRIEF_MS ? { ...before, silentSinceMs } : { known, silentSinceMs: undefined }
}

function changeOf(before: Known, now: Known): 'substance' | 'numbers' | undefined {
  if (before === now) return undefined
  if (before.trouble !== now.trouble) return 'substance'
  if (!signalsChanged(before.signals, now.signals)) return undefined
  return sameSubstance(before.signals, now.signals) ? 'numbers' : 'substance'
}

function forgetOthers(told: Map<string, Told>, pipelines: readonly KubernetesObject[]): void {
  const names = new Set(pipelines.map(({ metadata: { name } }) => name))
  for (const name of told.keys()) if (!names.has(name)) told.delete(name)
}

const TOO_LONG = 'its answer is too long'
const NO_ANSWER = 'it does not answer'

function troubleIn(error: unknown): typeof TOO_LONG | typeof NO_ANSWER | typeof NOT_UNDERSTOOD {
  if (error instanceof AnswerTooLongError) return TOO_LONG
  return error instanceof SyntaxError || error instanceof z.ZodError ? NOT_UNDERSTOOD : NO_ANSWER
}

/** While one takes the place of another both are ready, and what the two say of one pipeline may be of two plans. */
function newestFirst(pods: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const age = ({ metadata: { creationTimestamp = '', name } }: KubernetesObject) => `${creationTimestamp} ${name}`
  return [...pods].sort((a, b) => (age(a) < age(b) ? 1 : -1))
}

/** A pod that ends is ready until it has ended, and what it sees is looked at by nobody any more. */
function readyAddress({ metadata, status }: KubernetesObject): string | undefined {
  const { podIP, conditions = [] } = (status ?? {}) as {
    podIP?: string
    conditions?: readonly { type: string; status: string }[]
  }
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  if (!isReady || metadata.deletionTimestamp !== undefined || podIP === undefined) return undefined
  return `${podIP.includes(':') ? `[${podIP}]` : podIP}:${HTTP_PORT}`
}
