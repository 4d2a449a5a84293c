import { type BucketSize, fullBucket, type TokenBucket, takeToken } from '../../core/time/token-bucket.ts'
import { wait } from '../process/wait.ts'

const NEVER = new AbortController().signal

/** How fast one process sends requests, whatever number of parts of it send some. */
export class RequestPace {
  readonly #size: BucketSize
  #bucket: TokenBucket
  #notBefore = 0

  constructor(size: BucketSize) {
    this.#size = size
    this.#bucket = fullBucket(size, performance.now())
  }

  /** Until a request may be sent. Returns early, as well as late, when the signal is aborted. */
  async turn(signal: AbortSignal = NEVER): Promise<void> {
    const { bucket, waitMs } = takeToken(this.#bucket, this.#size, performance.now())
    this.#bucket = bucket
    if (waitMs > 0) await wait(waitMs, signal)
    for (let leftMs = this.#leftMs(); leftMs > 0 && !signal.aborted; leftMs = this.#leftMs()) await wait(leftMs, signal)
  }

  /** The API server asked us to come again later. */
  holdBack(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + ms)
  }

  #leftMs(): number {
    return this.#notBefore - performance.now()
  }
}
