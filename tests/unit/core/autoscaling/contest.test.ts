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
    'Keeps 2 workers though kube-controller-manager, most likely a HorizontalPodAutoscaler, keeps asking for others, 5 at last, and each time it is put back: remove that scaler, or have it scale the MetricsPipeline in place of the Deployment and set spec.workers.scaling.mode to External',
  )
})

test.each([
  ['kubectl', 'kubectl'],
  [undefined, 'somebody else'],
])('by the name of the field manager %s', (scaledBy, name) => {
  expect(reasons(3, scaledBy === undefined ? {} : { scaledBy }).message).toContain(`though ${name} keeps asking`)
})
