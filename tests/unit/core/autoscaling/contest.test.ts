import { expect, test } from 'vitest'
import { decideReplicas } from '../../../../core/autoscaling/decide-replicas.ts'
import { EMPTY_MEMORY } from '../../../../core/autoscaling/scaling-memory.ts'
import { asked, NOW } from './asked.ts'

const HPA = 'kube-controller-manager'

/** Two workers are asked for once a second, and somebody else asks for five every so often; what is written is there by the next second. */
function reasons(fights: number, { everySeconds = 15, scaledBy }: { everySeconds?: number; scaledBy?: string } = {}) {
  let memory = EMPTY_MEMORY
  const seen: string[] = []
  let message = ''
  for (let second = 0; second <= fights * everySeconds + 320; second += 1) {
    const isFight = second > 0 && second % everySeconds === 0 && second <= fights * everySeconds
    const fleet = isFight ? { replicas: 5, scaledBy } : { replicas: 2 }
    const decided = decideReplicas({ ...asked({ nowMs: NOW + second * 1_000, fleet }), memory })
    memory = decided.memory
    expect(decided.decision!.replicas).toBe(2)
    const { reason } = decided.decision!
    if (reason === 'Overridden') message = decided.decision!.message
    if (seen.at(-1) !== reason) seen.push(reason)
  }
  return { seen, message }
}

test('a number that is changed once is put back', () => {
  expect(reasons(1).seen).toEqual(['Steady', 'PutBack', 'Steady'])
})

test('so is one that is changed now and then', () => {
  expect(reasons(5, { everySeconds: 160 }).seen).not.toContain('Overridden')
})

test('who changes it time and again is told of until they have left off for some minutes', () => {
  const { seen, message } = reasons(10, { scaledBy: HPA })
  expect(seen).toEqual(['Steady', 'PutBack', 'Steady', 'PutBack', 'Steady', 'Overridden', 'Steady'])
  expect(message).toBe(
    'Keeps 2 workers though kube-controller-manager, most likely a HorizontalPodAutoscaler, keeps asking for others, 5 at last, and it is put back, every 30 s at most: remove that scaler, or have it scale the MetricsPipeline in place of the Deployment and set spec.workers.scaling.mode to External',
  )
})

test.each([
  ['kubectl', 'kubectl'],
  [undefined, 'somebody else'],
])('by the name of the field manager %s', (scaledBy, name) => {
  expect(reasons(3, scaledBy === undefined ? {} : { scaledBy }).message).toContain(`though ${name} keeps asking`)
})

/** Somebody else asks for five every so often; two are asked for, and written by the next second unless the five are left. */
function putBacks(everySeconds: number, forSeconds: number): readonly number[] {
  let [memory, replicas]: [typeof EMPTY_MEMORY, number] = [EMPTY_MEMORY, 2]
  const at: number[] = []
  for (let second = 0; second < forSeconds; second += 1) {
    if (second > 0 && second % everySeconds === 0) replicas = 5
    const decided = decideReplicas({ ...asked({ nowMs: NOW + second * 1_000, fleet: { replicas } }), memory })
    memory = decided.memory
    expect(decided.decision!.replicas).toBe(2)
    if (memory.contest?.isLeft === true) continue
    if (replicas !== 2) at.push(second)
    replicas = 2
  }
  return at
}

test.each([2, 15, 25])(
  'a number that is changed every %d s is put back three times at once, then every 30 s at most',
  (everySeconds) => {
    const at = putBacks(everySeconds, 600)
    expect(at.slice(0, 3)).toEqual([1, 2, 3].map((time) => time * everySeconds))
    const pauses = at.slice(3).map((second, index) => second - at[index + 2]!)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(30)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30 + everySeconds)
  },
)

test('another number than before is asked for at once, whatever somebody else asks for', () => {
  const contest = { atMs: [NOW - 3_000, NOW - 2_000, NOW - 1_000], isLeft: true, replicas: 5, by: HPA }
  const memory = { ...EMPTY_MEMORY, asked: 2, decidedAtMs: NOW - 1_000, contest }
  const decided = decideReplicas({
    ...asked({ fleet: { replicas: 5 }, settings: { maxReplicas: 1 } }),
    memory,
  })
  expect(decided).toMatchObject({
    decision: { replicas: 1, reason: 'OutOfBounds' },
    memory: { contest: { isLeft: false } },
  })
})
