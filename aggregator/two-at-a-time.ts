/** The one before this failed, so the turn of this one never comes. */
export class EarlierBatchFailed extends Error {
  constructor(cause: unknown) {
    super('an earlier batch failed', { cause })
  }
}

/**
 * Works on two batches at a time, while the next is looked up: the database computes one while it stores the other. Each is given its turn,
 * which comes when the one before it is done: nothing may be noted as done while something before it is not. Asked to stop, it begins no further one.
 */
export async function twoAtATime<Batch>(
  batches: AsyncGenerator<Batch>,
  work: (batch: Batch, turn: Promise<void>) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  let [before, last] = [Promise.resolve(), Promise.resolve()]
  let following = handled(batches.next())
  try {
    for (let next = await following; next.done !== true && !stop.aborted; next = await following) {
      following = handled(batches.next())
      before = last
      last = handled(work(next.value, handled(before.catch(giveWay))))
      await before
    }
    await last
  } finally {
    await Promise.allSettled([before, last, following])
  }
}

/** Awaited a moment later, or by nobody once something else has failed: no unhandled rejection, which would end the process. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

function giveWay(cause: unknown): never {
  throw new EarlierBatchFailed(cause)
}
