import { wait } from '../adapters/process/wait.ts'
import type { Logger } from '../adapters/telemetry/create-logger.ts'
import type { KubernetesObject } from '../core/operator/kubernetes-object.ts'
import { HTTP_PORT } from '../core/operator/objects/operand-pod.ts'
import type { NamespaceSignals, PipelineSignals } from '../core/signals/pipeline-signals.ts'
import { sameSubstance } from '../core/signals/same-substance.ts'
import { signalsChanged } from '../core/signals/signals-changed.ts'
import type { ClusterView } from './cluster-view.ts'

export interface SignalWatchOptions {
  readonly view: ClusterView
  readonly intervalMs: number
  readonly log: Logger
  /** Called for each pipeline about which something else is known than before. */
  readonly onChange: (namespace: string, pipeline: string, change: 'substance' | 'numbers') => void
  /** Called for each pipeline after each look, whether or not anything was to be seen. */
  readonly onLook: (pipeline: KubernetesObject) => void
}

interface Answer {
  readonly signals: NamespaceSignals | undefined
  readonly trouble: string | undefined
}

const TIMEOUT_MS = 5_000
const MOST_BYTES = 32 * 1024 * 1024

/** Asks every namespace's exporter what it sees, again and again. What cannot be asked is unknown at once: old numbers are no numbers. */
export class SignalWatch {
  readonly #options: SignalWatchOptions
  readonly #answers = new Map<string, Answer>()
  /** Namespaces whose exporter takes its time to answer: the others do not wait for it. */
  readonly #asking = new Set<string>()

  constructor(options: SignalWatchOptions) {
    this.#options = options
  }

  of(namespace: string, pipeline: string): PipelineSignals | undefined {
    return this.#answers.get(namespace)?.signals?.pipelines[pipeline]
  }

  /** Why nothing is known of a namespace. */
  troubleOf(namespace: string): string | undefined {
    return this.#answers.get(namespace)?.trouble
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
    for (const known of this.#answers.keys()) if (!namespaces.includes(known)) this.#answers.delete(known)
    const idle = namespaces.filter((namespace) => !this.#asking.has(namespace))
    await Promise.all(idle.map((namespace) => this.#look(namespace, stop)))
  }

  async #look(namespace: string, stop: AbortSignal): Promise<void> {
    const before = this.#answers.get(namespace)
    this.#asking.add(namespace)
    const answer = await this.#ask(namespace, stop)
    this.#asking.delete(namespace)
    if (stop.aborted) return
    this.#answers.set(namespace, answer)
    for (const pipeline of this.#options.view.pipelinesIn(namespace)) {
      const { metadata } = pipeline
      const [old, now] = [before?.signals?.pipelines[metadata.name], answer.signals?.pipelines[metadata.name]]
      const isTroubled = before?.trouble !== answer.trouble
      if (isTroubled || signalsChanged(old, now))
        this.#options.onChange(
          namespace,
          metadata.name,
          isTroubled || !sameSubstance(old, now) ? 'substance' : 'numbers',
        )
      this.#options.onLook(pipeline)
    }
  }

  async #ask(namespace: string, stop: AbortSignal): Promise<Answer> {
    const address = this.#options.view
      .exporterPods(namespace)
      .map(readyAddress)
      .find((each) => each !== undefined)
    if (address === undefined) return { signals: undefined, trouble: 'no pod of it is ready' }
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)])
      const response = await fetch(`http://${address}/signals`, { signal, redirect: 'error' })
      if (!response.ok) return { signals: undefined, trouble: `it answers ${response.status}` }
      return { signals: await readSignals(response), trouble: undefined }
    } catch (error) {
      this.#options.log.debug({ error, namespace }, 'the exporter does not answer')
      return { signals: undefined, trouble: 'it does not answer' }
    }
  }
}

async function readSignals(response: Response): Promise<NamespaceSignals> {
  if (Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) throw new Error('the answer is too long')
  return (await response.json()) as NamespaceSignals
}

function readyAddress({ status }: KubernetesObject): string | undefined {
  const { podIP, conditions = [] } = (status ?? {}) as {
    podIP?: string
    conditions?: readonly { type: string; status: string }[]
  }
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  if (!isReady || podIP === undefined) return undefined
  return `${podIP.includes(':') ? `[${podIP}]` : podIP}:${HTTP_PORT}`
}
