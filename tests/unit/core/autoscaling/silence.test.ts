import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import { asked, type Change, DRAINED, NOW } from './asked.ts'

const LITTLE: Change = { load: { arrivalsPerSecond: 100 } }
const SILENT: Change = { signals: undefined, trouble: 'it does not answer' }
const NO_RATES: Change = { ...DRAINED, load: { arrivalsPerSecond: null } }
const FIRST_LOOK: Change = { load: { arrivalsPerSecond: null, completionsPerSecond: null } }

/** Decides once a second, and tells every number with the second in which it was asked for. */
function changesOf(changeIn: (second: number) => Change, seconds: number): readonly string[] {
  let memory = EMPTY_MEMORY
  let replicas = 2
  const changes: string[] = []
  for (let second = 0; second <= seconds; second += 1) {
    const change = { ...changeIn(second), fleet: { replicas, ready: replicas } }
    const { decision, memory: next } = decideReplicas({ ...asked({ ...change, nowMs: NOW + second * 1_000 }), memory })
    if (decision!.replicas !== replicas) changes.push(`${second}: ${decision!.replicas}`)
    replicas = decision!.replicas
    memory = next
  }
  return changes
}

const during =
  (from: number, seconds: number, change: Change, otherwise = LITTLE) =>
  (second: number): Change =>
    second >= from && second < from + seconds ? change : otherwise

test.each([
  ['one answer that does not come takes nothing from the window', during(100, 1, SILENT), ['150: 1']],
  ['an exporter that is replaced within nine seconds does not either', during(100, 9, SILENT), ['150: 1']],
  ['nor does one that knows no rates yet', during(100, 9, FIRST_LOOK), ['150: 1']],
  ['no worker goes while nothing is known', during(145, 9, SILENT), ['154: 1']],
  ['after a long silence a whole window is watched anew', during(100, 30, SILENT), ['279: 1']],
])('%s', (_sentence, changeIn, expected) => {
  expect(changesOf(changeIn, 400)).toEqual(expected)
})

test('workers who came for what waited, when nobody knew what comes in, are watched for a window like others', () => {
  const much: Change = { ...FIRST_LOOK, source: { backlog: 90_000 } }
  expect(changesOf((second) => (second === 100 ? much : LITTLE), 400)).toEqual(['100: 5', '250: 1'])
})

test.each([
  ['a short silence in which nothing came takes nothing from it', during(100, 9, SILENT, DRAINED), ['300: 0']],
  [
    'after a long one it begins anew: something may have come and been done',
    during(100, 30, SILENT, DRAINED),
    ['430: 0'],
  ],
  ['so it does where no rates were known for long', during(100, 30, NO_RATES, DRAINED), ['430: 0']],
])('of idleness: %s', (_sentence, changeIn, expected) => {
  expect(changesOf(changeIn, 500).filter((change) => change.endsWith(': 0'))).toEqual(expected)
})
