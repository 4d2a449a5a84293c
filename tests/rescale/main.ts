import { expectInvariants } from '../support/expect-invariants.ts'
import { numberOf } from '../support/number-of.ts'
import { OrderProducer } from '../support/order-producer.ts'
import { OwnServer } from '../support/own-server.ts'
import { WorkerFleet } from '../support/worker-fleet.ts'
import { COURSE, rescale } from './rescale.ts'

// `make rescale`: worker processes on real servers, scaled up and down under load again and again. Then every order counts once, or it says what is
// wrong.

const MINUTES = 10
const MINUTE_MS = 60_000
const SHARDS = 8
const DONE_WITHIN_MS = 300_000

const minutes = numberOf('MINUTES', MINUTES)
const beganAt = performance.now()

await using postgres = await OwnServer.postgres()
await using redis = await OwnServer.redis()
await using fleet = await WorkerFleet.open({
  sharded: { prefix: 'shop', shards: SHARDS },
  servers: { databaseUrl: postgres.url, redisUrl: redis.url },
})
const producer = new OrderProducer(fleet.shops)
let rounds = 0
let changes = 0
{
  await using _flow = producer.flow()
  do {
    for (const workers of COURSE) {
      await rescale(fleet, producer, workers)
      changes += 1
      say(`${workers} workers, ${producer.published.length.toLocaleString('en')} orders`)
    }
    rounds += 1
  } while (performance.now() - beganAt < minutes * MINUTE_MS)
}
await expectInvariants(fleet, { published: producer.published, withinMs: DONE_WITHIN_MS })
const handOvers = await fleet.audit.handOvers()
say(
  [
    `${rounds} times ${COURSE.join(' -> ')}, ${changes} changes of the number, ${fleet.workers.length} processes`,
    `${producer.published.length.toLocaleString('en')} orders, ${handOvers.length} times a shard changed hands`,
    'lost 0, doubled 0, mismatches 0, dead letters 0',
  ].join('\n'),
)

function say(line: string): void {
  process.stdout.write(`${((performance.now() - beganAt) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`)
}
