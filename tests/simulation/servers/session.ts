import { LEASE_MS } from '../../../core/fleet/lease.ts'
import type { Awaited, Fiber, Host, Routine } from '../world/fiber.ts'
import type { Agent, World } from '../world/world.ts'
import type { Link } from './link.ts'
import type { Row } from './row.ts'
import { CONNECTION_LOST, DEADLOCK, LOCK_TIMEOUT, type Trouble } from './trouble.ts'

/**
 * A statement at the server. It takes its snapshot when it begins, and pauses where it has to wait for a lock, or where a real one takes so
 * long that others get in between.
 */
export type Statement<T = unknown> = (() => T) | Generator<undefined, T>

type Results<T extends readonly Statement[]> = { [K in keyof T]: T[K] extends Statement<infer R> ? R : never }

/** What is made known when a transaction becomes visible. */
export type OnCommit = () => void

/** Of one that takes long. */
const LONGEST_STATEMENT_MS = 600

const LOCK_TIMEOUT_MS = 20_000

/** How long a server may take to notice that a client is gone whose connection was not closed. */
const LONGEST_LINGER_MS = 6_000

/** How long a client may take to notice that its server is out of reach. */
const LONGEST_SILENCE_MS = 2_000

/**
 * A READ COMMITTED transaction at the server. Its statements come in pipelines, are executed one by one between those of others, and go on
 * whether their client lives or not. Locks are held to its end.
 */
export class Session implements Agent, Awaited {
  isOver = false
  /** The row whose owner it waits for. */
  waitsFor: Row<unknown> | undefined
  readonly #world: World
  readonly #host: Host
  readonly #link: Link
  readonly #locked: Row<unknown>[] = []
  readonly #onCommit: OnCommit[] = []
  #statements: Statement[] = []
  #done = 0
  #results: unknown[] = []
  #failure: Trouble | undefined
  #fiber: Fiber | undefined
  #isClientGone = false
  #isReplyLost = false
  #commitsByItself = false
  #at: number

  constructor(world: World, host: Host, link: Link) {
    this.#world = world
    this.#host = host
    this.#link = link
    this.#at = world.now
    world.add(this)
  }

  get host(): Host {
    return this.#host
  }

  get nextAt(): number {
    return this.waitsFor !== undefined && this.waitsFor.owner === undefined ? 0 : this.#at
  }

  /** Runs statements in the order given, and waits for all of them. Throws `Trouble`; then the transaction is over. */
  *run<const T extends readonly Statement[]>(...statements: T): Routine<Results<T>> {
    this.#send(statements)
    yield this
    if (this.#failure !== undefined) throw this.#failure
    return this.#results as Results<T>
  }

  /** Runs a statement that is a transaction of its own. */
  *runAlone<T>(statement: Statement<T>): Routine<T> {
    this.#commitsByItself = true
    const [result] = yield* this.run(statement)
    return result as T
  }

  awaitedBy(fiber: Fiber): void {
    this.#fiber = fiber
    if (this.#failure !== undefined) this.#tellClient(this.#world.random.below(LONGEST_SILENCE_MS))
  }

  step(): void {
    if (this.waitsFor !== undefined && this.waitsFor.owner !== undefined) return this.#fail(LOCK_TIMEOUT)
    this.waitsFor = undefined
    const statement = this.#statements[this.#done]
    if (statement === undefined) return this.#end(false) // its client is gone, or does not get on
    this.#at = this.#link.isSlow() ? this.#world.now + this.#world.random.below(LONGEST_STATEMENT_MS) : this.#world.now
    try {
      if (typeof statement === 'function') this.#results.push(statement())
      else {
        const { done, value } = statement.next()
        if (done !== true) return
        this.#results.push(value)
      }
    } catch (error) {
      if (error !== DEADLOCK) throw error
      return this.#fail(DEADLOCK)
    }
    this.#done += 1
    if (this.#done < this.#statements.length) return
    if (this.#commitsByItself) this.#end(true)
    this.#reply()
  }

  /** Whether the lock is had; where it is not, the statement has to pause. */
  lock(row: Row<unknown>): boolean {
    if (row.owner === this) return true
    if (row.owner === undefined) {
      row.owner = this
      this.#locked.push(row)
      return true
    }
    this.waitsFor = row
    this.#at = this.#world.now + LOCK_TIMEOUT_MS
    for (let other: Session | undefined = row.owner; other !== undefined; other = other.waitsFor?.owner)
      if (other === this) throw DEADLOCK
    return false
  }

  /** The statement that ends it well. */
  commit(): Statement<void> {
    return () => {
      this.#end(true)
      for (const tell of this.#onCommit) tell()
    }
  }

  rollback(): Statement<void> {
    return () => this.#end(false)
  }

  whenCommitted(tell: OnCommit): void {
    this.#onCommit.push(tell)
  }

  /** The way to the client is cut. What has arrived may still be executed; the server notices later, or never gets the rest. */
  sever(): void {
    if (this.isOver || this.#isClientGone) return
    this.#loseClient()
    if (this.#world.random.below(2) === 0) this.#dropStatements()
    if (this.#done === this.#statements.length) this.#linger()
  }

  /** The client's process ended, which closes its connections: what has arrived may still be executed, then the server notices. */
  abandon(): void {
    if (this.isOver) return
    this.#isClientGone = true
    this.#fiber = undefined
    if (this.#world.random.below(2) === 0) this.#dropStatements()
    if (this.#done === this.#statements.length) this.#end(false)
  }

  /** The server ends it. */
  terminate(): void {
    if (this.isOver) return
    this.#fail(CONNECTION_LOST)
  }

  #send(statements: readonly Statement[]): void {
    this.#results = []
    if (this.isOver) this.#failure ??= CONNECTION_LOST
    if (this.#failure !== undefined) return
    this.#statements = [...statements]
    this.#done = 0
    this.#at = this.#world.now
    const fate = this.#link.fate()
    this.#isReplyLost = fate === 'reply is lost'
    if (fate === 'is lost') {
      this.#dropStatements()
      this.#loseClient()
      this.#linger()
    }
  }

  #reply(): void {
    if (this.#isReplyLost) this.#loseClient()
    if (this.#isClientGone) return this.#linger()
    this.#at = this.#world.now + LEASE_MS
    this.#tellClient()
  }

  #fail(trouble: Trouble): void {
    this.#failure ??= trouble
    this.#tellClient()
    this.#end(false)
  }

  #dropStatements(): void {
    this.#statements.length = this.#done
    this.waitsFor = undefined
  }

  #loseClient(): void {
    this.#isClientGone = true
    this.#failure ??= CONNECTION_LOST
    this.#tellClient(this.#world.random.below(LONGEST_SILENCE_MS))
  }

  /** Until the server notices that its client is gone. */
  #linger(): void {
    this.#at = this.#world.now + (this.#host.isDead ? 0 : this.#world.random.below(LONGEST_LINGER_MS))
  }

  #tellClient(afterMs = 0): void {
    const fiber = this.#fiber
    this.#fiber = undefined
    fiber?.wake(afterMs)
  }

  #end(isCommitted: boolean): void {
    this.waitsFor = undefined
    for (const row of this.#locked) row.settle(isCommitted)
    this.#locked.length = 0
    this.isOver = true
  }
}
