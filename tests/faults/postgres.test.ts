import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { expectInvariants } from '../support/expect-invariants.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { OwnServer } from '../support/own-server.ts'
import { runProgram } from '../support/run-program.ts'
import { SmallDisk } from '../support/small-disk.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'

// PostgreSQL goes away, is slow, or takes no more. In the table of docs/delivery-guarantees.md: 15 to 17.

/** Room for a new server's files and little more. */
const DISK_MEGABYTES = 200

/** Two batches of 40, and one of which the acknowledgement is under way. */
const MOST_IN_HAND = 120

/** For what waits out seconds of somebody else's, not only its own machine's. */
const SLOWLY_MS = 60_000

const ALL_WRITES = 0o666

async function openFleet(databaseUrl?: string) {
  const fleet = await WorkerFleet.open({ servers: databaseUrl === undefined ? {} : { databaseUrl } })
  try {
    const workers = [await fleet.start('worker-0'), await fleet.start('worker-1')]
    await fleet.shared({ 'worker-0': 2, 'worker-1': 2 })
    return { fleet, workers, producer: new OrderProducer(fleet.shops) }
  } catch (error) {
    await fleet[Symbol.asyncDispose]()
    throw error
  }
}

/** Resolves when so many more facts are committed. */
async function commitsGoOn({ shops }: WorkerFleet, count = 200): Promise<void> {
  const before = await eventually(() => shops.count('fact_order'))
  await eventually(async () => expect(await shops.count('fact_order')).toBeGreaterThan(before + count))
}

describe.concurrent('PostgreSQL', { timeout: 180_000 }, () => {
  test('is restarted in good order, stopped at once, and its sessions are ended one after the other', async () => {
    await using postgres = await OwnServer.postgres()
    const { fleet, producer } = await openFleet(postgres.url)
    await using _ = fleet
    {
      await using _flow = producer.flow()
      await commitsGoOn(fleet)
      await postgres.stop()
      await postgres.startAgain()
      await commitsGoOn(fleet)
      await postgres.kill('SIGQUIT')
      await postgres.startAgain()
      await commitsGoOn(fleet)
      for (let time = 0; time < 3; time += 1) {
        expect(await eventually(() => fleet.shops.endSessions())).toBeGreaterThan(0)
        await commitsGoOn(fleet, 50)
      }
    }
    await expectInvariants(fleet, producer)
  })

  test('takes two seconds longer for every answer: little is in hand, shares are kept, and nobody has to help afterwards', async () => {
    await using fleet = await WorkerFleet.open()
    await using toPostgres = await TcpProxy.to(fleet.shops.databaseUrl)
    const slow = await fleet.start('slow', { databaseUrl: toPostgres.url })
    await fleet.shared({ slow: 4 })
    const producer = new OrderProducer(fleet.shops)
    await producer.publish(2_000)
    await eventually(async () => expect((await slow.counts()).persisted).toBeGreaterThan(0))
    toPostgres.slowDown(2_000)
    await fleet.start('other')
    {
      await using _flow = producer.flow()
      await fleet.shared({ other: 2, slow: 2 }, { withinMs: SLOWLY_MS })
      const pending: number[] = []
      for (let commit = 0; commit < 2; commit += 1) {
        const { persisted } = await slow.counts()
        const commits = async () => {
          pending.push(await fleet.pending())
          expect((await slow.counts()).persisted).toBeGreaterThan(persisted)
        }
        await eventually(commits, { withinMs: SLOWLY_MS })
      }
      expect(Math.max(...pending)).toBeLessThanOrEqual(2 * MOST_IN_HAND)
      expect(slow.log).not.toContain('taken over')
      expect(await slow.counts()).toMatchObject({ fenced: 0 })
      toPostgres.slowDown(0)
      await fleet.shared({ other: 2, slow: 2 })
    }
    await expectInvariants(fleet, producer)
  })

  test('has a hot row locked by somebody else, for longer than anybody waits', async () => {
    const { fleet, workers, producer } = await openFleet()
    await using _ = fleet
    await producer.publish(200)
    await fleet.shops.caughtUp()
    {
      await using _flow = producer.flow()
      await using _lock = await lockHotRows(fleet.shops.db)
      await producer.publishFrom(0)
      const givesUp = () => expect(workers.map(({ log }) => log).join()).toContain('"code":"55P03"')
      await eventually(givesUp, { withinMs: SLOWLY_MS })
    }
    await expectInvariants(fleet, producer)
  })

  test('has no room on its disk: nothing is set aside, an aggregation fails, and all go on when there is room', async () => {
    await using disk = await SmallDisk.mount(DISK_MEGABYTES)
    await using postgres = await OwnServer.postgres({ dataDir: disk?.folder })
    const { fleet, workers, producer } = await openFleet(postgres.url)
    await using _ = fleet
    await producer.publish(200)
    await fleet.shops.caughtUp()
    {
      await using _flow = producer.flow()
      await fleet.shops.db.query('select pg_switch_wal()') // an empty one, so that it is data which finds no room
      await using full = await fillUp(fleet.shops.db, disk)
      await eventually(() => {
        for (const { log } of workers) expect(log).toMatch(/"code":"53100".*commit failed/)
      })
      expect((await runProgram('aggregator/main.ts', fleet.shops, ['daily'])).code).toBe(1)
      await full[Symbol.asyncDispose]()
      await commitsGoOn(fleet)
    }
    await fleet.shops.caughtUp()
    expect(await runProgram('aggregator/main.ts', fleet.shops, ['daily'])).toMatchObject({ code: 0 })
    await expectInvariants(fleet, producer)
  })

  test('is a standby that only reads, until it is promoted', async () => {
    await using postgres = await OwnServer.postgres()
    const { fleet, workers, producer } = await openFleet(postgres.url)
    await using _ = fleet
    {
      await using _flow = producer.flow()
      await commitsGoOn(fleet)
      await postgres.stop()
      const signal = join(postgres.dataDir, 'data', 'standby.signal')
      await writeFile(signal, '')
      await chmod(signal, ALL_WRITES)
      await postgres.startAgain()
      await eventually(() => {
        for (const { log } of workers) expect(log).toContain('"code":"25006"')
      })
      await eventually(() => fleet.shops.db.query('select pg_promote()'))
      await commitsGoOn(fleet)
    }
    await expectInvariants(fleet, producer)
  })
})

/** One that commits want, and one that evaluations want. */
async function lockHotRows(db: Pool): Promise<AsyncDisposable> {
  const client = await db.connect()
  await client.query('begin')
  await client.query("select from fact_order where id = 'order-0' for update")
  await client.query("select from shop_metrics where entity = 'shop-01' for update")
  return {
    async [Symbol.asyncDispose]() {
      await client.query('rollback')
      client.release()
    },
  }
}

/** Or, where no small disk could be had, has the server say the same of every fact and every daily row. */
async function fillUp(db: Pool, disk: SmallDisk | undefined): Promise<AsyncDisposable> {
  if (disk === undefined)
    await db.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = '53100'; end $$;
      create trigger refuse before insert on fact_order for each statement execute function refuse();
      create trigger refuse before insert on mp_run for each statement execute function refuse()`)
  else await disk.fill()
  let isFull = true
  return {
    async [Symbol.asyncDispose]() {
      if (!isFull) return
      isFull = false
      await (disk === undefined ? db.query('drop function refuse cascade') : disk.free())
    },
  }
}
