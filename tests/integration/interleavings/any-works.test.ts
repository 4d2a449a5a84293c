import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judgePostgresError } from '../../../adapters/postgres/postgres-error.ts'
import type { Fact } from '../../../core/events/parse-event.ts'
import { runs } from '../../support/property-runs.ts'
import { deleted, order, RatedOrdersInSteps, rating, type Work } from './rated-orders-in-steps.ts'

// Two workers commit whatever they have read while others evaluate, and their statements reach the server in any order.

let shops: RatedOrdersInSteps

beforeAll(async () => {
  shops = await RatedOrdersInSteps.open()
})

afterAll(() => shops?.[Symbol.asyncDispose]())

function facts(versions: fc.Arbitrary<number>): fc.Arbitrary<Fact> {
  const [orders, ratings] = [fc.constantFrom('o', 'p'), fc.constantFrom('r', 's', 't')]
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(orders, fc.constantFrom('a', 'b'), versions).map((parts) => order(...parts)) },
    { weight: 3, arbitrary: fc.tuple(ratings, orders, versions).map((parts) => rating(...parts)) },
    { weight: 1, arbitrary: fc.tuple(orders, versions).map(([id, version]) => deleted('order', id, version)) },
    { weight: 1, arbitrary: fc.tuple(ratings, versions).map(([id, version]) => deleted('rating', id, version)) },
  )
}

const batches = fc.array(fc.array(facts(fc.integer({ min: 2, max: 5 })), { minLength: 1, maxLength: 2 }), {
  minLength: 1,
  maxLength: 3,
})

const cases = fc.record({
  before: fc.array(facts(fc.constant(1)), { maxLength: 4 }),
  one: batches,
  other: batches,
  picks: fc.array(fc.nat({ max: 5 }), { minLength: 80, maxLength: 80 }),
})

test('no order of the statements of commits and evaluations loses a mark or a number', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ before, one, other, picks }) => {
      await shops.startFrom(before)
      const remaining = picks.values()
      const open = { works: 2 }
      await shops.sideBySideEvaluated(
        { one: committing(one, open), other: committing(other, open), evaluating: evaluating(open) },
        (choices) => (remaining.next().value ?? 0) % choices,
      )
      await shops.expectRowsOf([...before, ...one.flat(), ...other.flat()])
      expect(await shops.database.parity()).toMatchObject({ mismatches: 0, missing: 0 })
    }),
    runs(40),
  )
})

interface Open {
  works: number
}

/** As a worker does it: again after a deadlock, which new and known facts that refer to each other may come to. */
function committing(batches: readonly (readonly Fact[])[], open: Open): Work {
  const { database } = shops
  return (session) =>
    session.start(async (pool) => {
      const store = database.storeOn(pool)
      for (const batch of batches) {
        while (!(await isCommitted(database.commit(batch, store))));
      }
      open.works -= 1
    })
}

async function isCommitted(commit: Promise<unknown>): Promise<boolean> {
  try {
    await commit
    return true
  } catch (error) {
    if (judgePostgresError(error) !== 'retry') throw error
    return false
  }
}

/** For as long as there are commits. */
function evaluating(open: Open): Work {
  return shops.evaluating(async (evaluator) => {
    while (open.works > 0) await shops.database.catchUp(evaluator)
  })
}
