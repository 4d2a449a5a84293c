/** The one before this failed, so the turn of this one never comes. */
export class EarlierBatchFailed extends Error {
  constructor(cause: unknown) {
    super('an earlier batch failed', { cause })
  }
}

/** Two keep two cores of a database busy only while nobody waits for us; a third fills the pauses. */
const AT_A_TIME = 3

/**
 * Works on several batches at a time, while the next is looked up: the database computes some while it stores another, and need not wait for
 * us to ask. Each is given its turn, which comes when the one before it is done: nothing may be noted as done while something before it is
 * not. Asked to stop, it begins no further one.
 */
export async function severalAtATime<Batch>(
  batches: AsyncGenerator<Batch>,
  work: (batch: Batch, turn: Promise<void>) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const begun: Promise<void>[] = []
  let last = Promise.resolve()
  let following = handled(batches.next())
  try {
    for (let next = await following; next.done !== true && !stop.aborted; next = await following) {
      following = handled(batches.next())
      last = handled(work(next.value, handled(last.catch(giveWay))))
      begun.push(last)
      if (begun.length === AT_A_TIME) await begun.shift()
    }
    for (const each of begun) await each
  } finally {
    await Promise.allSettled([...begun, following])
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
