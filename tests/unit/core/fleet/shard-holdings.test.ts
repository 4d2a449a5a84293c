import { beforeEach, describe, expect, test } from 'vitest'
import { LEASE_MS } from '../../../../core/fleet/lease.ts'
import { ShardHoldings } from '../../../../core/fleet/shard-holdings.ts'

const STREAMS = ['shop:{0}', 'shop:{1}', 'shop:{2}']

const held = (shard: number, token: string) => ({ shard, token })

/** The fleet as a look shows it: of each shard the token, its owner, and whether this look renewed it. */
const fleet = (...shards: readonly [token: string, owner: string | undefined, renewed?: boolean][]) => ({
  members: ['a', 'b'],
  shards: shards.map(([token, owner, renewed = false]) => ({ token, owner, renewed })),
})

let holdings: ShardHoldings

beforeEach(() => {
  holdings = new ShardHoldings('a', STREAMS)
})

test('what was taken is read and committed under its token, and nothing else is', () => {
  expect(holdings.take([held(0, '3'), held(2, '1')], 1_000)).toEqual(['shop:{0}', 'shop:{2}'])
  expect(holdings.readable(1_000)).toEqual(['shop:{0}', 'shop:{2}'])
  expect(STREAMS.map((stream) => holdings.fenceOf(stream))).toMatchObject([held(0, '3'), held(1, '-1'), held(2, '1')])
})

describe('a lease that was not renewed in time', () => {
  beforeEach(() => void holdings.take([held(0, '1'), held(1, '1')], 1_000))

  test('ends reading before it has run out, by the time it was asked for', () => {
    expect(holdings.readable(1_000 + LEASE_MS * 0.69)).toEqual(['shop:{0}', 'shop:{1}'])
    expect(holdings.readable(1_000 + LEASE_MS * 0.7)).toEqual([])
  })

  test('is trusted again once it is renewed', () => {
    expect(holdings.learn(fleet(['1', 'a', true], ['1', 'a']), 9_000)).toEqual([])
    expect(holdings.readable(9_001)).toEqual(['shop:{0}'])
  })

  test('is not lost while nobody took the shard over', () => {
    expect(holdings.learn(fleet(['1', undefined], ['2', 'b']), 9_000)).toEqual([1])
  })
})

test('what leaves is read no more, but committed until it is dropped', () => {
  holdings.take([held(0, '1'), held(1, '1')], 0)
  expect(holdings.streamsOf([1, 2])).toEqual(['shop:{1}'])
  holdings.leave(['shop:{1}'])
  expect(holdings.readable(0)).toEqual(['shop:{0}'])
  expect(holdings.fenceOf('shop:{1}')).toMatchObject(held(1, '1'))
  holdings.drop(['shop:{1}'])
  expect(holdings.fenceOf('shop:{1}')).toMatchObject(held(1, '-1'))
  holdings.take([held(1, '3')], 0)
  expect(holdings.readable(0)).toEqual(['shop:{0}', 'shop:{1}'])
})

test.each<[string, readonly (string | undefined)[], object]>([
  ['a share that is held is kept', ['a', 'a', undefined], { acquire: 0, release: [], reason: 'fair' }],
  [
    'what stands under this name, but was taken in an earlier life or in a reply that was lost, is free to be taken',
    ['a', undefined, 'a'],
    { acquire: 1, release: [], reason: 'short' },
  ],
])('%s', (_sentence, owners, decision) => {
  holdings.take(
    owners.flatMap((owner, shard) => (owner === 'a' && shard < 2 ? [held(shard, '1')] : [])),
    0,
  )
  expect(holdings.decide(fleet(...owners.map((owner): [string, string | undefined] => ['1', owner])))).toEqual(decision)
})

test('a share is no smaller because a lease has run out: while nobody took the shard over, it need not be taken again', () => {
  holdings.take([held(0, '1'), held(1, '1')], 0)
  const decision = holdings.decide(fleet(['1', undefined], ['1', 'a'], ['1', 'b']))
  expect(decision).toEqual({ acquire: 0, release: [], reason: 'fair' })
})
