import { createPostgresPool, type Pool, type PoolClient } from '../../adapters/postgres/postgres-pool.ts'

interface HeldStatement {
  readonly name: string
  readonly send: () => Promise<unknown>
}

/** What came of letting a statement through: it is done, or a lock of another session keeps it waiting. */
export type Step = 'done' | 'waits'

/**
 * A session whose statements wait until the test lets each of them through. Whatever is given its pool is the real code with the real SQL;
 * only the order in which its statements and those of other sessions reach the server is the test's to say.
 */
export class SteppedSession implements AsyncDisposable {
  readonly pool: Pool
  readonly #name: string
  readonly #observer: Pool
  readonly #held: HeldStatement[] = []
  readonly #passed: string[] = []
  #processId: number | undefined
  #running: Promise<void> = Promise.resolve()
  #isRunning = false
  #isOver = true
  #news = Promise.withResolvers<void>()

  /** `observer` is asked whether this session waits for another. */
  constructor(databaseUrl: string, name: string, observer: Pool) {
    this.#name = name
    this.#observer = observer
    this.pool = createPostgresPool({
      url: databaseUrl,
      schema: 'public',
      applicationName: name,
      maxConnections: 1,
      onError: () => undefined, // whoever uses the connection hears of it too
    })
    this.pool.on('connect', (client) => this.#holdBack(client))
  }

  /** The statements let through since `start`, for messages. */
  get passed(): readonly string[] {
    return this.#passed
  }

  /** Begins some work; its first statement is held back already. Its outcome is known once the work is over. */
  start<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    this.#isOver = false
    this.#passed.length = 0
    const outcome = work(this.pool)
    const end = () => {
      this.#isOver = true
      this.#tell()
    }
    outcome.then(end, end)
    return outcome
  }

  /** The statement that is held back now, undefined once the work is over. Comes when the one before is done. */
  async next(): Promise<string | undefined> {
    await this.#running
    while (this.#held.length === 0 && !this.#isOver) await this.#news.promise
    return this.#held[0]?.name
  }

  /** Lets the next statement through. Gives undefined when the work is over. */
  async step(): Promise<Step | undefined> {
    if ((await this.next()) === undefined) return undefined
    this.#letThrough()
    return this.progress()
  }

  /** How the statement let through last stands by now: done, or waiting for another session. */
  async progress(): Promise<Step> {
    while (this.#isRunning) if (await this.#waits()) return 'waits'
    return 'done'
  }

  /** Lets everything through that comes before a statement. */
  async upTo(name: string): Promise<void> {
    for (let next = await this.next(); next !== name; next = await this.next()) {
      if (next === undefined) throw new Error(`${this.#name} never came to ${name}, only to ${this.#passed.join(', ')}`)
      await this.#stepOn()
    }
  }

  /** Lets everything through up to the result of a statement. */
  async through(name: string): Promise<void> {
    await this.upTo(name)
    await this.#stepOn()
  }

  /** Lets everything through up to a statement that another session's lock keeps waiting. */
  async intoWait(name: string): Promise<void> {
    await this.upTo(name)
    if ((await this.step()) !== 'waits') throw new Error(`${name} of ${this.#name} waits for nobody`)
  }

  /** Lets everything through that is left. */
  async finish(): Promise<void> {
    while ((await this.next()) !== undefined) await this.#stepOn()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end()
  }

  async #stepOn(): Promise<void> {
    if ((await this.step()) === 'waits')
      throw new Error(`${this.#passed.at(-1)} of ${this.#name} waits for another session`)
  }

  #letThrough(): void {
    const { name, send } = this.#held.shift() as HeldStatement
    this.#passed.push(name)
    this.#isRunning = true
    const over = () => {
      this.#isRunning = false
    }
    this.#running = send().then(over, over) // whoever sent it hears of its failure
  }

  async #waits(): Promise<boolean> {
    const { rows } = await this.#observer.query<{ waits: boolean }>(
      'select cardinality(pg_blocking_pids($1)) > 0 as waits',
      [this.#processId],
    )
    return rows[0]?.waits ?? false
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  #holdBack(client: PoolClient): void {
    this.#processId = (client as unknown as { readonly processID: number }).processID
    const send = client.query.bind(client) as (...parts: unknown[]) => Promise<unknown>
    const held = (...parts: unknown[]) => {
      const callback =
        typeof parts.at(-1) === 'function' ? (parts.pop() as (error?: unknown, result?: unknown) => void) : undefined
      const sent = Promise.withResolvers<unknown>()
      this.#held.push({
        name: nameOf(parts[0]),
        send: () => {
          const result = send(...parts)
          sent.resolve(result)
          return result
        },
      })
      this.#tell()
      if (callback !== undefined) sent.promise.then((result) => callback(undefined, result), callback)
      return sent.promise
    }
    client.query = held as unknown as typeof client.query
  }
}

function nameOf(statement: unknown): string {
  return typeof statement === 'string' ? statement : String((statement as { readonly name?: string }).name)
}
