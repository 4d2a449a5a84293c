import * as z from 'zod'
import { AnswerTooLongError, readText } from '../adapters/http/read-text.ts'
import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import { BRIEF_MS } from '../core/autoscaling/silence.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import { HTTP_PORT } from '../core/operator/objects/operand-pod.ts'
import type { PipelineSignals } from '../core/signals/pipeline-signals.ts'
import { sameSubstance } from '../core/signals/same-substance.ts'
import { signalsChanged } from '../core/signals/signals-changed.ts'
import type { Clock } from '../core/time/clock.ts'
import type { ClusterView } from './cluster-view.ts'
import { type ParsedSignals, parseSignals } from './namespace-signals.ts'

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
type Answer = { readonly signals: ParsedSignals } | { readonly trouble: string }

/** What is known of one pipeline, and why nothing is. */
export interface Known {
  readonly signals: PipelineSignals | undefined
  readonly trouble: string | undefined
}

interface Told {
  readonly known: Known
  /** Since when nothing more is known, though what was known is still told. */
  readonly silentSinceMs: number | undefined
}

const TIMEOUT_MS = 5_000
const MOST_BYTES = 32 * 1024 * 1024

const NOT_UNDERSTOOD = 'what the exporter says is not understood, it may be of another version'

/**
 * Asks every namespace's exporter what it sees, again and again. What cannot be asked is unknown at once, for old numbers are none to decide by;
 * people are told of it when it has lasted.
 */
export class SignalWatch {
  readonly #options: SignalWatchOptions
  readonly #answers = new Map<string, Answer>()
  /** By namespace, then by pipeline. */
  readonly #told = new Map<string, ReadonlyMap<string, Told>>()
  /** Namespaces whose exporter takes its time to answer: the others do not wait for it. */
  readonly #asking = new Set<string>()

  constructor(options: SignalWatchOptions) {
    this.#options = options
  }

  of(namespace: string, pipeline: string): PipelineSignals | undefined {
    return knownOf(this.#answers.get(namespace), pipeline).signals
  }

  /** Why nothing is known of a pipeline. */
  troubleOf(namespace: string, pipeline: string): string | undefined {
    return knownOf(this.#answers.get(namespace), pipeline).trouble
  }

  /** The same for who tells people: what was known stands for a few seconds more. */
  told(namespace: string, pipeline: string): Known {
    return this.#told.get(namespace)?.get(pipeline)?.known ?? knownOf(this.#answers.get(namespace), pipeline)
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await wait(this.#options.intervalMs, stop)
      void this.look(stop)
    }
  }

  /** Asks each of them once. */
  async look(stop: AbortSignal): Promise<void> {
    const namespaces = this.#options.view.namespaces()
    for (const known of [this.#answers, this.#told])
      for (const namespace of known.keys()) if (!namespaces.includes(namespace)) known.delete(namespace)
    const idle = namespaces.filter((namespace) => !this.#asking.has(namespace))
    await Promise.all(idle.map((namespace) => this.#look(namespace, stop)))
  }

  async #look(namespace: string, stop: AbortSignal): Promise<void> {
    this.#asking.add(namespace)
    const answer = await this.#ask(namespace, stop)
    this.#asking.delete(namespace)
    if (stop.aborted) return
    this.#answers.set(namespace, answer)
    const pipelines = this.#options.view.pipelinesIn(namespace)
    const before = this.#told.get(namespace)
    const nowMs = this.#options.clock.monotonicMs()
    const told = pipelines.map(({ metadata: { name } }) => {
      return [name, tellNext(before?.get(name), knownOf(answer, name), nowMs)] as const
    })
    this.#told.set(namespace, new Map(told))
    for (const pipeline of pipelines) {
      const { name } = pipeline.metadata
      try {
        this.#tell(pipeline, before?.get(name)?.known ?? UNKNOWN, this.told(namespace, name))
      } catch (error) {
        this.#options.log.error({ error, namespace, pipeline: name }, 'what is seen of a pipeline leads to no decision')
      }
    }
  }

  #tell(pipeline: KubernetesObject, before: Known, now: Known): void {
    const { namespace = '', name } = pipeline.metadata
    const isTroubled = before.trouble !== now.trouble
    if (isTroubled || signalsChanged(before.signals, now.signals)) {
      const isOther = isTroubled || !sameSubstance(before.signals, now.signals)
      this.#options.onChange(namespace, name, isOther ? 'substance' : 'numbers')
    }
    this.#options.onLook(pipeline)
  }

  async #ask(namespace: string, stop: AbortSignal): Promise<Answer> {
    const { view, log } = this.#options
    const address = newestFirst(view.exporterPods(namespace))
      .map(readyAddress)
      .find((each) => each !== undefined)
    if (address === undefined) return { trouble: 'no pod of it is ready' }
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)])
      const response = await fetch(`http://${address}/signals`, { signal, redirect: 'error' })
      if (!response.ok) return { trouble: `it answers ${response.status}` }
      const signals = parseSignals(await readText(response, MOST_BYTES), signalsIn(this.#answers.get(namespace)))
      for (const [pipeline, { error }] of signals)
        if (error !== undefined) log.debug({ error, namespace, pipeline }, NOT_UNDERSTOOD)
      return { signals }
    } catch (error) {
      const trouble = troubleIn(error)
      log.debug({ error, namespace }, trouble)
      return { trouble }
    }
  }
}

const UNKNOWN: Known = { signals: undefined, trouble: undefined }

function tellNext(before: Told | undefined, known: Known, nowMs: number): Told {
  if (known.signals !== undefined || before?.known.signals === undefined) return { known, silentSinceMs: undefined }
  const silentSinceMs = before.silentSinceMs ?? nowMs
  return nowMs - silentSinceMs < BRIEF_MS ? { ...before, silentSinceMs } : { known, silentSinceMs: undefined }
}

function knownOf(answer: Answer | undefined, pipeline: string): Known {
  if (answer === undefined) return UNKNOWN
  if ('trouble' in answer) return { signals: undefined, trouble: answer.trouble }
  const said = answer.signals.get(pipeline)
  return { signals: said?.data, trouble: said?.success === false ? NOT_UNDERSTOOD : undefined }
}

function signalsIn(answer: Answer | undefined): ParsedSignals | undefined {
  return answer !== undefined && 'signals' in answer ? answer.signals : undefined
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
