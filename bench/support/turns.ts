import { cpus } from 'node:os'
import { type Figure, type Parity, together } from './bench.ts'
import { evaluateAll } from './fill.ts'
import { doneBy } from './measure-throughput.ts'
import { type BenchPipeline, parityOf } from './pipeline.ts'
import type { BenchServers } from './servers.ts'
import { WorkerProcess } from './worker-process.ts'

/** Shorter than what a server takes for silence: a worker that stands still loses nothing but its turn. */
const TURN_MS = 2_000

/** The first pairs compile the code. */
const WARM_UP_PAIRS = 2
const PAIRS = 8
const ROUNDS = 8

interface Turn {
  readonly seconds: number
  readonly events: number
  /** Processor time of the worker. */
  readonly workerSeconds: number
  /** Processor time of everything on this machine: the worker, its servers, and whoever else is there. */
  readonly machineSeconds: number
}

interface PairOfTurns {
  readonly without: Turn
  readonly with: Turn
}

export interface Round {
  readonly pairs: readonly PairOfTurns[]
  /** Of the two workers at its end, in MB. */
  readonly without: number
  readonly with: number
}

export interface Contest {
  readonly servers: BenchServers
  /** Two that read the same events into tables that fill alike. */
  readonly pipelines: readonly [BenchPipeline, BenchPipeline]
  /** What makes the difference. */
  readonly environment: Readonly<Record<string, string>>
  /** Gives how many: more than a worker takes in a round. */
  readonly publish: (round: number) => Promise<number>
}

/**
 * Two workers, of which each works for some seconds while the other stands still, again and again, so that whatever else the machine does meets
 * both. They are started anew for each round, for no two processes are equally fast: with what is measured for the one pipeline and then for the
 * other, who is first at its start changing as well. Within a round who is first changes from pair to pair, for tables grow.
 */
export async function takeTurns(contest: Contest): Promise<readonly Round[]> {
  const rounds: Round[] = []
  while (rounds.length < ROUNDS) rounds.push(await takeRound(contest, rounds.length))
  return rounds
}

async function takeRound({ servers, pipelines, environment, publish }: Contest, round: number): Promise<Round> {
  const events = await publish(round)
  const [plain, other] = round % 2 === 0 ? pipelines : ([pipelines[1], pipelines[0]] as const)
  const rivals = await inOrder(
    () => frozenWorker(servers, plain, {}),
    () => frozenWorker(servers, other, environment),
    round % 4 < 2,
  )
  const pairs: PairOfTurns[] = []
  while (pairs.length < WARM_UP_PAIRS + PAIRS)
    pairs.push(
      await inOrder(
        () => takeTurn(rivals.without),
        () => takeTurn(rivals.with),
        pairs.length % 2 === 0,
      ),
    )
  const taken = Math.max(...(['without', 'with'] as const).map((side) => eventsOf(pairs, side)))
  if (taken >= events) throw new Error(`a worker took all of ${events} events, and was measured at rest`)
  const memory = { without: rivals.without.memory().now, with: rivals.with.memory().now }
  for (const worker of Object.values(rivals)) await worker.stop()
  return { pairs: pairs.slice(WARM_UP_PAIRS), ...memory }
}

async function inOrder<T>(
  without: () => Promise<T>,
  withIt: () => Promise<T>,
  isPlainFirst: boolean,
): Promise<{ readonly without: T; readonly with: T }> {
  if (isPlainFirst) return { without: await without(), with: await withIt() }
  const earlier = await withIt()
  return { without: await without(), with: earlier }
}

/** A worker that reads, and stands still. */
async function frozenWorker(
  { redisUrl }: BenchServers,
  { file: pipelineFile, databaseUrl }: BenchPipeline,
  environment: Readonly<Record<string, string>>,
): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start({ pipelineFile, databaseUrl, redisUrl, environment })
  worker.freeze()
  return worker
}

async function takeTurn(worker: WorkerProcess): Promise<Turn> {
  worker.thaw()
  const [first, startedAt] = [await doneBy(worker), performance.now()]
  const [workerCpu, machineCpu] = [worker.cpuSeconds(), machineSeconds()]
  await new Promise((resolve) => setTimeout(resolve, TURN_MS))
  const turn = {
    events: (await doneBy(worker)) - first,
    seconds: (performance.now() - startedAt) / 1_000,
    workerSeconds: worker.cpuSeconds() - workerCpu,
    machineSeconds: machineSeconds() - machineCpu,
  }
  worker.freeze()
  return turn
}

function eventsOf(pairs: readonly PairOfTurns[], side: keyof PairOfTurns): number {
  return pairs.reduce((sum, pair) => sum + pair[side].events, 0)
}

function machineSeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1_000
}

/** Of everything that both have left, once it is evaluated. Ends the pools. */
export async function parityOfBoth(...pipelines: readonly BenchPipeline[]): Promise<Parity> {
  const parities: Parity[] = []
  for (const pipeline of pipelines) {
    await evaluateAll(pipeline)
    parities.push(await parityOf(pipeline))
    await pipeline.pool.end()
  }
  return together(parities)
}

/**
 * What it costs, over all turns together: something that happens in every fifth turn does not show in most pairs. Beside each figure stands
 * its standard error: what it would differ by, more often than not no more, if all were measured once again.
 */
export function costOf(rounds: readonly Round[], target?: string): readonly Figure[] {
  return [
    ...estimate(
      { what: 'throughput lost', ...(target && { target }) },
      rounds,
      (all) => -addedOf(all, 'events', 'seconds'),
    ),
    ...estimate({ what: 'processor time of the worker added' }, rounds, (all) =>
      addedOf(all, 'workerSeconds', 'events'),
    ),
    ...estimate({ what: 'processor time of the machine added' }, rounds, (all) =>
      addedOf(all, 'machineSeconds', 'events'),
    ),
    { what: 'pairs of turns', value: rounds.flatMap(({ pairs }) => pairs).length, unit: 'pairs' },
    ...figuresOf(rounds, 'without', 'without it'),
    ...figuresOf(rounds, 'with', 'with it'),
  ]
}

function figuresOf(rounds: readonly Round[], side: keyof PairOfTurns, words: string): readonly Figure[] {
  const perEvent = totalOf(rounds, side, 'workerSeconds', 'events') * 1e6
  return [
    { what: words, value: totalOf(rounds, side, 'events', 'seconds'), unit: 'events/s' },
    { what: `${words}: processor time of the worker`, value: perEvent, unit: 'µs/event' },
    {
      what: `${words}: memory of the worker, at most`,
      value: Math.max(...rounds.map((round) => round[side])),
      unit: 'MB',
    },
  ]
}

function addedOf(rounds: readonly Round[], of: keyof Turn, per: keyof Turn): number {
  return (totalOf(rounds, 'with', of, per) / totalOf(rounds, 'without', of, per) - 1) * 100
}

/** The sum of one over all turns, for each of the other. */
function totalOf(rounds: readonly Round[], side: keyof PairOfTurns, of: keyof Turn, per: keyof Turn): number {
  const turns = rounds.flatMap(({ pairs }) => pairs.map((pair) => pair[side]))
  const sum = (field: keyof Turn) => turns.reduce((total, turn) => total + turn[field], 0)
  return sum(of) / sum(per)
}

/** With its standard error by the jackknife: how far it moves when one round after the other is left out. */
function estimate(
  figure: Pick<Figure, 'what' | 'target'>,
  rounds: readonly Round[],
  of: (rounds: readonly Round[]) => number,
): readonly Figure[] {
  const without = rounds.map((_, i) => of(rounds.toSpliced(i, 1)))
  const mean = without.reduce((sum, each) => sum + each, 0) / without.length
  const squares = without.reduce((sum, each) => sum + (each - mean) ** 2, 0)
  return [
    { ...figure, value: of(rounds), unit: '%' },
    {
      what: `${figure.what}: standard error`,
      value: Math.sqrt(((rounds.length - 1) / rounds.length) * squares),
      unit: '%',
    },
  ]
}
