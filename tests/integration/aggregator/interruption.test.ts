import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AggregationSummary } from '../../../aggregator/summary.ts'
import { eventually } from '../../support/eventually.ts'
import type { PipelineOnServers, Row } from '../../support/pipeline-on-servers.ts'
import { Program, runProgram } from '../../support/run-program.ts'
import { dayBefore, INACTIVE, openTutors, TUTORS } from './tutors-on-servers.ts'

// A run that ends before its end. It is held in its third batch of six, where a trigger waits for the test.

const GATE = 4_711

const HELD_AT = 'tutor_00010'

/** Said to each run, so that a midnight between two of them changes nothing. */
const TODAY = dayBefore(0)

const BATCHES_OF_FOUR = ['--date', TODAY, '--json', '--batch-size', '4', '--include-inactive']

let tutors: PipelineOnServers
let uninterrupted: readonly Row[]

beforeAll(async () => {
  tutors = await openTutors()
  await runProgram('aggregator/main.ts', tutors, BATCHES_OF_FOUR)
  uninterrupted = await dailyRows()
  await tutors.db.query(`create function wait_at_gate() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock_shared(${GATE}); return new; end $$`)
  await tutors.db.query(`create trigger gate before insert on tutor_metrics_daily
    for each row when (new.entity = '${HELD_AT}') execute function wait_at_gate()`)
})

afterAll(() => tutors?.[Symbol.asyncDispose]())

beforeEach(() => tutors.db.query('truncate tutor_metrics_daily, mp_run, mp_run_failure'))

/** What a run leaves, but for which run it was and when. */
async function dailyRows(): Promise<readonly Row[]> {
  const { rows } = await tutors.db.query<{ row: Row }>(
    "select to_jsonb(d) - 'run_id' - 'evaluated_at' as row from tutor_metrics_daily d order by entity",
  )
  return rows.map(({ row }) => row)
}

/** While the gate is closed, `work` meets a run with two batches behind it that waits in the third, with two more done but for their turn. */
async function whileHeld(work: (program: Program, open: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const gate = await tutors.db.connect()
  await gate.query('select pg_advisory_lock($1)', [GATE])
  try {
    await using program = await Program.start('aggregator/main.ts', tutors, BATCHES_OF_FOUR)
    await eventually(async () => expect(await waiting()).toBe(1))
    await eventually(async () => expect(await tutors.count('tutor_metrics_daily')).toBe(8)) // the second may still be under way
    await eventually(async () => expect(await waitingForTheirTurn()).toBe(2))
    await work(program, () => gate.query('select pg_advisory_unlock($1)', [GATE]))
  } finally {
    gate.release(true) // the session's end opens the gate
  }
}

async function waiting(): Promise<number> {
  const { rows } = await tutors.db.query<{ count: number }>(
    "select count(*)::int as count from pg_locks where locktype = 'advisory' and objid = $1 and not granted",
    [GATE],
  )
  return rows[0]?.count ?? 0
}

async function waitingForTheirTurn(atLeast = '0'): Promise<number> {
  const { rows } = await tutors.db.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name = 'metrics-pipeline aggregator' and state = 'idle in transaction'
        and state_change <= clock_timestamp() - $1::interval`,
    [atLeast],
  )
  return rows[0]?.count ?? 0
}

async function states(): Promise<readonly string[]> {
  const { rows } = await tutors.db.query<{ state: string }>('select state from mp_run order by id')
  return rows.map((row) => row.state)
}

async function goOn(): Promise<AggregationSummary> {
  const { code, out } = await runProgram('aggregator/main.ts', tutors, BATCHES_OF_FOUR)
  expect(code).toBe(0)
  return JSON.parse(out)
}

async function evaluatedAt(): Promise<ReadonlyMap<string, string>> {
  const { rows } = await tutors.db.query<{ entity: string; at: string }>(
    'select entity, evaluated_at::text as at from tutor_metrics_daily order by entity',
  )
  return new Map(rows.map(({ entity, at }) => [entity, at]))
}

describe('a run killed between batches', () => {
  test('is taken up where it stopped and ends in the same rows', async () => {
    await whileHeld(async (program) => {
      program.kill('SIGKILL')
      await program.ended
    })
    expect(await states()).toEqual(['running']) // it could tell nobody
    const before = await evaluatedAt()
    expect(await goOn()).toMatchObject({
      resumed: true,
      interrupted: false,
      total: TUTORS,
      successful: TUTORS,
      failed: 0,
      parity: { compared: TUTORS, mismatches: 0, missing: 0 },
    })
    expect(await dailyRows()).toEqual(uninterrupted)
    const after = await evaluatedAt()
    for (const [entity, at] of before) expect(after.get(entity)).toBe(at)
    expect(await states()).toEqual(['succeeded'])
  })

  test('is not taken up by one that was asked for something else', async () => {
    await whileHeld(async (program) => {
      program.kill('SIGKILL')
      await program.ended
    })
    const { out } = await runProgram('aggregator/main.ts', tutors, ['--date', TODAY, '--json'])
    expect(JSON.parse(out)).toMatchObject({ resumed: false, successful: TUTORS - INACTIVE.length })
    expect(await tutors.count('tutor_metrics_daily')).toBe(TUTORS - INACTIVE.length)
  })
})

test('a run that is taken up proves the live rows of its former try as well', async () => {
  await whileHeld(async (program) => {
    program.kill('SIGKILL')
    await program.ended
  })
  const faulty = ['tutor_00002', 'tutor_00022'] // one on either side of where it stopped
  const tamper = (by: number) =>
    tutors.db.query('update tutor_metrics set facts = facts + $1 where entity = any($2)', [by, faulty])
  await tamper(1)
  const { code, out } = await runProgram('aggregator/main.ts', tutors, BATCHES_OF_FOUR)
  await tamper(-1)
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    resumed: true,
    parity: { compared: TUTORS, mismatches: 2, missing: 0, overdue: 0, entities: expect.arrayContaining(faulty) },
  })
})

describe('a run asked to stop', () => {
  test('finishes the batches it has begun, says so with exit code 130, and is taken up', async () => {
    await whileHeld(async (program, open) => {
      program.kill('SIGTERM')
      await open()
      const { code, out } = await program.ended
      expect(code).toBe(130)
      expect(JSON.parse(out)).toMatchObject({ interrupted: true, total: 20, successful: 20 })
    })
    expect(await states()).toEqual(['interrupted'])
    expect(await goOn()).toMatchObject({ resumed: true, total: TUTORS, successful: TUTORS })
    expect(await dailyRows()).toEqual(uninterrupted)
  })
})

test('a batch waits for its turn for as long as the one before it takes', async () => {
  await whileHeld(async (program, open) => {
    await eventually(async () => expect(await waitingForTheirTurn('11 seconds')).toBe(2)) // silence for 10 s ends other transactions
    await open()
    const { code, err } = await program.ended
    expect({ code, failed: err.includes('a batch failed') }).toEqual({ code: 0, failed: false })
  })
})

test('a second process at the same run is told to wait, and disturbs nothing', async () => {
  await whileHeld(async () => {
    const second = await runProgram('aggregator/main.ts', tutors, BATCHES_OF_FOUR)
    expect(second).toEqual({
      code: 1,
      out: '',
      err: `the daily run of ${TODAY} (shard 0 of 1) is in progress in another process; wait for it, or end it\n`,
    })
  })
  expect(await states()).toEqual(['running'])
})

test('two batches that fail beside each other end the run in good order, whichever gives up first', async () => {
  await tutors.db.query(`create function refuse_late() returns trigger language plpgsql as
    $$ begin if new.entity < 'tutor_00005' then perform pg_sleep(0.5); end if; raise exception 'no space left' using errcode = '53100'; end $$`)
  await tutors.db.query(`create trigger full_disk before insert on tutor_metrics_daily
    for each row execute function refuse_late()`)
  const { code, err } = await runProgram('aggregator/main.ts', tutors, [...BATCHES_OF_FOUR, '--max-retries', '1'])
  await tutors.db.query('drop trigger full_disk on tutor_metrics_daily')
  expect({ code, states: await states() }).toEqual({ code: 1, states: ['interrupted'] })
  expect(err).toContain('no space left')
})

test('trouble with the database is tried again, and then left to the next run', async () => {
  await tutors.db.query('drop trigger gate on tutor_metrics_daily')
  await tutors.db.query(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'no space left' using errcode = '53100'; end $$`)
  await tutors.db.query(`create trigger full_disk before insert on tutor_metrics_daily
    for each row when (new.entity = '${HELD_AT}') execute function refuse()`)
  const failed = await runProgram('aggregator/main.ts', tutors, [
    ...BATCHES_OF_FOUR,
    '--max-retries',
    '3',
    '--retry-delay',
    '0',
  ])
  expect(failed.code).toBe(1)
  expect(failed.err.split('\n').filter((line) => line.includes('"msg":"a batch failed"'))).toHaveLength(3)
  expect(await states()).toEqual(['interrupted'])
  await tutors.db.query('drop trigger full_disk on tutor_metrics_daily')
  expect(await goOn()).toMatchObject({ resumed: true, total: TUTORS, successful: TUTORS })
  expect(await dailyRows()).toEqual(uninterrupted)
})
