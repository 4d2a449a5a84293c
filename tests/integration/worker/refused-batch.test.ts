import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { PipelineOnServers, sumOfOutcomes } from '../../support/pipeline-on-servers.ts'
import { ORDERS, shopPipeline } from '../../support/shop-manifest.ts'
import { expectedRows, order, orders } from '../../support/shop-orders.ts'

// Entries that pass validation and that the database refuses.

const POISONED = [0, 1, 250, 251, 499, 777, 998, 999].map((n) => `order-${n}`)

/** Runs `statement` before a poisoned fact is inserted. */
const trigger = (statement: string) => `
  create function refuse() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$;
  create trigger refuse before insert on fact_order for each row
    when (new.id = any(array['${POISONED.join("','")}'])) execute function refuse()`

test.each([
  [
    'a check constraint',
    `alter table fact_order add constraint odd check (id <> all(array['${POISONED.join("','")}']))`,
    /violates check constraint "odd" \(SQLSTATE 23514\)$/,
  ],
  ['a failing expression', trigger('perform 1 / 0'), /^division by zero \(SQLSTATE 22012\)$/],
  ['a trigger', trigger("raise exception 'not this one'"), /^not this one \(SQLSTATE P0001\)$/],
  ['a limit', trigger("raise exception 'too large' using errcode = '54000'"), /^too large \(SQLSTATE 54000\)$/],
])('of a batch of a thousand, %s refuses eight, and these alone are set aside', async (_what, rule, detail) => {
  await using shops = await PipelineOnServers.open(shopPipeline({ batchSize: 2_000 }))
  await shops.db.query(rule)
  const all = orders(0, 1_000)
  await shops.publish(all)
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.rows()).toMatchObject(expectedRows(all.filter(({ id }) => !POISONED.includes(id as string))))
  const letters = await shops.letters()
  expect(letters.map(({ raw }) => JSON.parse(raw.toString())[1])).toEqual(POISONED)
  for (const letter of letters) {
    expect(letter).toMatchObject({ reason: 'refused-by-database', event_type: 'order', attempts: 1 })
    expect(letter.details).toEqual([expect.stringMatching(detail)])
  }
  expect(await shops.counts()).toMatchObject({ read: 1_000, persisted: 992, dead_lettered: 8 })
})

test('where even the dead letter is refused, nothing is lost and the worker waits', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.db.query('alter table mp_dead_letter add constraint none check (reason is null)')
  await shops.publish([order(0), { ...order(1), type: 'unheard-of' }, order(2)])
  const worker = await shops.startWorker()
  await eventually(async () => {
    expect((await worker.metrics.commitRetries.get()).values[0]?.value).toBeGreaterThan(1)
  })
  expect(await shops.pending(ORDERS)).toBe(3)
  await shops.db.query('alter table mp_dead_letter drop constraint none')
  await shops.caughtUp()
  expect(await shops.letters()).toMatchObject([{ reason: 'unknown-event-type' }])
  const counts = await shops.counts()
  expect(counts).toMatchObject({ read: 3, persisted: 2, dead_lettered: 1 })
  expect(sumOfOutcomes(counts)).toBe(3)
})

test('an entry whose id is beyond all time is set aside like any other, and the rest goes on', async () => {
  await using shops = await PipelineOnServers.open(shopPipeline())
  await shops.publish([order(0)])
  const untimed = Object.entries({ type: 'order', id: 'late', data: JSON.stringify(order(1).data) }).flat()
  await shops.redis.xadd(ORDERS, '18446744073709551615-18446744073709551614', ...untimed)
  await shops.startWorker()
  await shops.caughtUp()
  expect(await shops.letters()).toMatchObject([{ reason: 'refused-by-database' }])
  expect(await shops.rows()).toMatchObject(expectedRows([order(0)]))
})
