import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { HTTP_PORT } from '../../../core/operator/objects/operand-pod.ts'
import { EMPTY_DATABASE } from '../../../core/signals/empty-database.ts'
import type {
  DatabaseSignals,
  LoadSignals,
  PipelineSignals,
  SourceSignals,
  Unreachable,
} from '../../../core/signals/pipeline-signals.ts'
import { SignalsJournal } from '../../../core/signals/signals-journal.ts'
import { namespacePage } from '../../../exporter/signals-pages.ts'

/** What it says of a pipeline; what is left out is at rest. */
export interface Scene {
  readonly source?: Partial<SourceSignals> | Unreachable
  readonly database?: Partial<DatabaseSignals> | Unreachable
  readonly load?: Partial<LoadSignals>
}

/** Answers for the exporter of a namespace what a test tells it to, on an address of its own. */
export class ScriptedExporter implements AsyncDisposable {
  readonly address: string
  /** That get their work done, in whatever is shown. */
  workers = 1
  /** Answers in place of what is shown. */
  instead: ((response: ServerResponse, request: IncomingMessage) => void) | undefined
  readonly #scenes = new Map<string, Scene>()
  #done = 0
  #askedAt = performance.now()
  #server: Server | undefined
  #journal = new SignalsJournal(randomUUID())

  private constructor(address: string) {
    this.address = address
  }

  static async open(address = `127.${byte()}.${byte()}.${byte()}`): Promise<ScriptedExporter> {
    const exporter = new ScriptedExporter(address)
    await exporter.start()
    return exporter
  }

  show(pipeline: string, scene: Scene): void {
    this.#scenes.set(pipeline, scene)
  }

  async start(): Promise<void> {
    this.#journal = new SignalsJournal(randomUUID())
    this.#server = createServer((request, response) => (this.instead ?? this.answer)(response, request))
    this.#server.listen(HTTP_PORT, this.address)
    await once(this.#server, 'listening')
  }

  /** Nobody answers there any more. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  readonly answer = (response: ServerResponse, { url = '' }: IncomingMessage): void => {
    const [, name] = /^\/signals\/(.+)$/.exec(url) ?? []
    const signals = this.signals()
    if (name !== undefined) return void response.end(JSON.stringify({ pipeline: name, ...signals[name] }))
    const { searchParams } = new URL(url, 'http://exporter')
    response.end(namespacePage(this.#journal, { pipelines: signals }, searchParams).body)
  }

  /** What it says by now of what is shown. */
  signals(): Readonly<Record<string, PipelineSignals>> {
    const now = performance.now()
    this.#done += Math.round((now - this.#askedAt) * this.workers) // a thousand a second for each
    this.#askedAt = now
    const member = { name: 'all-of-them', startedAt: STARTED, lastBeatAgeMs: 10, busyMs: now, entriesDone: this.#done }
    const completionsPerSecond = 1_000 * this.workers
    return Object.fromEntries(
      [...this.#scenes].map(([name, { source = {}, database = {}, load = {} }]) => [
        name,
        signalsOf(name, {
          source,
          database: 'unreachable' in database ? database : { members: [member], ...database },
          load: { completionsPerSecond, ...load },
        }),
      ]),
    )
  }
}

function byte(): number {
  return 2 + Math.floor(Math.random() * 250)
}

const STARTED = '2026-03-01T00:00:00.000Z'

const NOTHING = { backlog: 0, backlogIs: 'exact', pending: 0 } as const

function signalsOf(name: string, { source, database, load }: Required<Scene>): PipelineSignals {
  const stream = { stream: `${name}-departures`, ...NOTHING, length: 10, entriesAdded: 10, state: 'ok' } as const
  const observedAt = new Date().toISOString()
  return {
    observedAt,
    source:
      'unreachable' in source
        ? source
        : { observedAt, ...NOTHING, oldestEventAgeMs: null, isDrained: true, streams: [stream], ...source },
    database: 'unreachable' in database ? database : { observedAt, ...DATABASE, ...database },
    load: { arrivalsPerSecond: 0, completionsPerSecond: 0, capacityPerWorker: 1_000, ...load },
  }
}

const DATABASE: DatabaseSignals = {
  ...EMPTY_DATABASE,
  migrated: true,
  revision: 1,
  entities: 3,
  overdueNextChanges: 0,
}
