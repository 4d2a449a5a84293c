import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { GuardedProcess } from '../../../adapters/process/servers/guarded-process.ts'
import { wait } from '../../../adapters/process/wait.ts'
import type { ApiObject } from './api-client.ts'
import { apiTime } from './api-time.ts'
import { type ContainerCommand, containerCommand } from './container-command.ts'
import type { ContainerSnapshot, ContainerState, Terminated } from './container-state.ts'
import { type CrashBackoff, restartDelayMs } from './crash-backoff.ts'
import { answersHttpGet } from './http-get-probe.ts'
import type { Image } from './images.ts'
import type { Nudge } from './nudge.ts'
import { NotThere } from './pod-sources.ts'
import { runProbe } from './probe-loop.ts'
import type { Mounted } from './rewrite-paths.ts'
import { untilAborted } from './until-aborted.ts'

export interface ContainerContext {
  /** `name_namespace(uid)`, as the kubelet names a pod in messages. */
  readonly podName: string
  readonly podIP: string
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly graceMs: number
  readonly backoff: CrashBackoff
  readonly images: ReadonlyMap<string, Image>
  readonly mounts: readonly Mounted[]
  /** With what the machine gives besides the pod. Throws NotThere. */
  readonly environment: (image: Image) => Promise<Readonly<Record<string, string>>>
  /** Given when an image, a Secret or a ConfigMap is new. */
  readonly news: Nudge
  /** Told after every change. */
  readonly changed: () => void
  readonly unhealthy: (message: string) => void
  /** The pod was told to go, by the signal that is the reason. */
  readonly ending: AbortSignal
}

interface Prepared {
  readonly command: ContainerCommand | { readonly failed: string }
  readonly environment: Readonly<Record<string, string>>
}

const SILENT_WITHIN_MS = 1_000
const RETRY_MS = 200
/** What the shell that guards a process says when a signal has ended it. */
const SIGNALLED = /^(Killed|Terminated|Aborted|Segmentation fault)( \(core dumped\))?$/
const CANNOT_START = 128
const MESSAGE_LINES = 80
const MESSAGE_LENGTH = 2_048

/** One container of a pod: a process, started again as the pod's policy says. */
export class PlayedContainer {
  readonly spec: ApiObject
  readonly #context: ContainerContext
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } }
  #lastState: ContainerState | undefined
  #containerID: string | undefined
  #restarts = 0
  #started = false
  #ready = false
  #pid: number | undefined
  #lines: string[] = []
  #formerLines: string[] = []

  constructor(spec: ApiObject, context: ContainerContext) {
    this.spec = spec
    this.#context = context
  }

  get snapshot(): ContainerSnapshot {
    return {
      name: this.spec['name'],
      image: this.spec['image'],
      state: this.#state,
      lastState: this.#lastState,
      restartCount: this.#restarts,
      started: this.#started,
      ready: this.#ready,
      containerID: this.#containerID,
    }
  }

  /** The process while it runs. */
  get pid(): number | undefined {
    return this.#pid
  }

  /** What it has said since its last start, or in the run before that. */
  log({ previous = false } = {}): string {
    return (previous ? this.#formerLines : this.#lines).map((line) => `${line}\n`).join('')
  }

  signal(signal: NodeJS.Signals): void {
    try {
      if (this.#pid !== undefined) process.kill(this.#pid, signal)
    } catch {
      // it has just ended
    }
  }

  /** Runs it until it stays down. */
  async run(): Promise<void> {
    while (!this.#context.ending.aborted) {
      const prepared = await this.#prepare()
      if (prepared === undefined) return
      const terminated = await this.#runOnce(prepared)
      this.#become({ terminated })
      if (this.#staysDown(terminated)) return
      await this.#backOff(terminated)
    }
  }

  /** Its image and its variables, as soon as they can be had. */
  async #prepare(): Promise<Prepared | undefined> {
    const { images, mounts, environment, news, ending, backoff } = this.#context
    for (let attempt = 0; !ending.aborted; attempt += 1) {
      const { next } = news
      const image = images.get(this.spec['image'])
      try {
        if (image !== undefined) {
          const known = await environment(image)
          return { command: await containerCommand(this.spec, image, known, mounts), environment: known }
        }
        this.#become({ waiting: this.#noImage(attempt) })
        await Promise.race([next, attempt === 0 ? wait(backoff.firstMs, ending) : untilAborted(ending)])
      } catch (error) {
        if (!(error instanceof NotThere)) {
          await wait(RETRY_MS, ending) // the API server is away
          continue
        }
        this.#become({ waiting: { reason: 'CreateContainerConfigError', message: error.message } })
        await Promise.race([next, untilAborted(ending)])
      }
    }
    return undefined
  }

  #noImage(attempt: number): { reason: string; message: string } {
    const image = this.spec['image']
    return attempt === 0
      ? { reason: 'ErrImagePull', message: `failed to pull and unpack image "${image}": not found` }
      : { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": not found` }
  }

  async #runOnce({ command, environment }: Prepared): Promise<Terminated> {
    const startedAt = apiTime()
    this.#formerLines = this.#lines
    this.#lines = []
    this.#containerID = `played://${randomUUID()}`
    const ended = { startedAt, containerID: this.#containerID }
    if ('failed' in command) {
      return { ...ended, exitCode: CANNOT_START, reason: 'StartError', message: command.failed, finishedAt: apiTime() }
    }
    const { process: run, pid } = await GuardedProcess.start({
      ...command,
      env: environment,
      cwd: this.spec['workingDir'] ?? '/',
      onLine: (line) => this.#lines.push(line),
      stopSignal: 'TERM',
      forceSignal: 'KILL',
    })
    this.#pid = pid
    if (this.#context.ending.aborted) this.signal(this.#context.ending.reason)
    const exitCode = await this.#whileProbed(startedAt, run)
    this.#pid = undefined
    await Promise.race([run.silent(), delay(SILENT_WITHIN_MS, undefined, { ref: false })])
    if (SIGNALLED.test(this.#lines.at(-1) ?? '')) this.#lines.pop()
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    return { ...ended, exitCode, reason, ...this.#lastWords(exitCode), finishedAt: apiTime() }
  }

  async #whileProbed(startedAt: string, run: GuardedProcess): Promise<number> {
    const { startupProbe, readinessProbe, livenessProbe } = this.spec
    const end = new AbortController()
    this.#started = !startupProbe
    this.#ready = this.#started && !readinessProbe
    this.#become({ running: { startedAt } })
    const probing = async () => {
      if (startupProbe) await this.#startUp(startupProbe, end.signal)
      await Promise.all([
        readinessProbe && this.#probe('Readiness', readinessProbe, end.signal, (healthy) => this.#becomeReady(healthy)),
        livenessProbe &&
          this.#probe('Liveness', livenessProbe, end.signal, (healthy) => healthy || this.#restart(livenessProbe)),
      ])
    }
    const probes = probing()
    const exitCode = await run.exited()
    end.abort()
    await probes
    this.#started = false
    this.#ready = false
    return exitCode
  }

  async #startUp(probe: ApiObject, ended: AbortSignal): Promise<void> {
    const end = new AbortController()
    await this.#probe('Startup', probe, AbortSignal.any([ended, end.signal]), (healthy) => {
      end.abort()
      if (!healthy) return this.#restart(probe)
      this.#started = true
      this.#becomeReady(!this.spec['readinessProbe'])
    })
    if (!this.#started) await untilAborted(ended)
  }

  async #probe(kind: string, probe: ApiObject, signal: AbortSignal, judged: (healthy: boolean) => void): Promise<void> {
    await runProbe({
      probe,
      ask: async () => await answersHttpGet(probe, this.spec, this.#context.podIP),
      awaitsSuccess: kind !== 'Liveness',
      judged: (healthy) => {
        if (!healthy) this.#context.unhealthy(`${kind} probe failed`)
        judged(healthy)
      },
      signal,
    })
  }

  #becomeReady(ready: boolean): void {
    if (this.#ready === ready) return
    this.#ready = ready
    this.#context.changed()
  }

  /** It is not healthy: told to go, and killed if it does not. */
  #restart(probe: ApiObject): void {
    const pid = this.#pid
    this.signal('SIGTERM')
    const graceMs = (probe['terminationGracePeriodSeconds'] ?? this.#context.graceMs / 1_000) * 1_000
    setTimeout(() => this.#pid === pid && this.signal('SIGKILL'), graceMs).unref()
  }

  #lastWords(exitCode: number): { message?: string } {
    if (exitCode === 0 || this.spec['terminationMessagePolicy'] !== 'FallbackToLogsOnError') return {}
    return { message: this.#lines.slice(-MESSAGE_LINES).join('\n').slice(-MESSAGE_LENGTH) }
  }

  #staysDown({ exitCode }: Terminated): boolean {
    const { restartPolicy, ending } = this.#context
    return ending.aborted || restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && exitCode === 0)
  }

  async #backOff(terminated: Terminated): Promise<void> {
    const delayMs = restartDelayMs(this.#context.backoff, this.#restarts)
    if (delayMs > 0) {
      this.#lastState = { terminated }
      const what = `restarting failed container=${this.spec['name']} pod=${this.#context.podName}`
      this.#become({ waiting: { reason: 'CrashLoopBackOff', message: `back-off ${delayMs / 1_000}s ${what}` } })
      await wait(delayMs, this.#context.ending)
      if (this.#context.ending.aborted) return this.#become({ terminated })
    }
    this.#lastState = { terminated }
    this.#restarts += 1
  }

  #become(state: ContainerState): void {
    this.#state = state
    this.#context.changed()
  }
}
