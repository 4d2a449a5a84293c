import { CAPACITY, type Load } from './load.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE

type Point = readonly [minute: number, workersWorth: number]

/** What a working day looks like, in workers' worth of entries at each full hour. */
const DAY = [
  0.6, 0.4, 0.3, 0.25, 0.3, 0.5, 1.0, 2.0, 3.2, 4.4, 5.0, 5.2, 4.3, 4.0, 4.8, 5.5, 5.3, 4.4, 3.4, 2.6, 2.0, 1.5, 1.1,
  0.8,
]

export const LOADS: readonly Load[] = [
  {
    name: 'constant',
    summary: 'as much as 2.2 workers get done, for 24 hours',
    seconds: 24 * HOUR,
    arrivals: () => 2.2 * CAPACITY,
  },
  {
    name: 'step',
    summary: 'from half a worker to five, for 30 minutes',
    seconds: 1.5 * HOUR,
    arrivals: along([10, 0.5], [10, 5], [40, 5], [40, 0.5]),
  },
  {
    name: 'ramp',
    summary: 'from nothing to 6.2 within 40 minutes, and down again',
    seconds: 2 * HOUR,
    arrivals: along([5, 0], [45, 6.2], [60, 6.2], [90, 0.2]),
  },
  {
    name: 'daily wave',
    summary: 'a working day, 0.25 to 5.5',
    seconds: 24 * HOUR,
    arrivals: along(...DAY.map((worth, hour): Point => [hour * 60, worth]), [24 * 60, DAY[0] ?? 0]),
  },
  {
    name: 'spike train',
    summary: 'a minute of 5 out of nothing, every 12 minutes',
    seconds: 2 * HOUR,
    arrivals: (second) =>
      second % (12 * MINUTE) >= 5 * MINUTE && second % (12 * MINUTE) < 6 * MINUTE ? 5 * CAPACITY : 0,
  },
  {
    name: 'trickle',
    summary: 'one entry every 7 minutes',
    seconds: 3 * HOUR,
    arrivals: (second) => (second % (7 * MINUTE) === 100 ? 1.2 : 0),
  },
  {
    name: 'poison',
    summary: '2.2, and an entry that holds its worker up for 6 minutes',
    seconds: 1 * HOUR,
    arrivals: () => 2.2 * CAPACITY,
    poisonedShard: during(20, 26, 3),
  },
  {
    name: 'slow database',
    summary: '3.2, while the database takes 2.8 for 20 minutes',
    seconds: 1.5 * HOUR,
    arrivals: () => 3.2 * CAPACITY,
    databaseLimit: (second) => (second >= 15 * MINUTE && second < 35 * MINUTE ? 2.8 : 20) * CAPACITY,
  },
  {
    name: 'dead shard',
    summary: '2.2, and a shard in which nothing goes on for 15 minutes',
    seconds: 1 * HOUR,
    arrivals: () => 2.2 * CAPACITY,
    deadShard: during(15, 30, 5),
  },
  {
    name: 'lag unknown',
    summary: 'four waves from nothing to 4.5; the lag of each stream is nil 30 % of the time',
    seconds: 2 * HOUR,
    arrivals: (second) => along([5, 0], [6, 4.5], [15, 4.5], [20, 0.3], [22, 0])(second % (30 * MINUTE)),
    isLagOftenUnknown: true,
  },
  {
    name: 'late pods',
    summary: 'the step, with pods that take 1 to 2 minutes',
    seconds: 1.5 * HOUR,
    arrivals: along([10, 0.5], [10, 5], [40, 5], [40, 0.5]),
    startSeconds: (random) => random.between(60, 120),
  },
]

/** Straight lines between points; constant before the first and after the last. */
function along(...points: readonly Point[]): (second: number) => number {
  return (second) => {
    const minute = second / MINUTE
    const next = points.findIndex(([at]) => at > minute)
    if (next === 0) return (points[0]?.[1] ?? 0) * CAPACITY
    if (next === -1) return (points.at(-1)?.[1] ?? 0) * CAPACITY
    const [[from, low], [to, high]] = [points[next - 1] as Point, points[next] as Point]
    return (low + ((high - low) * (minute - from)) / (to - from)) * CAPACITY
  }
}

function during(fromMinute: number, toMinute: number, shard: number): (second: number) => number | undefined {
  return (second) => (second >= fromMinute * MINUTE && second < toMinute * MINUTE ? shard : undefined)
}
