import { expect, test } from 'vitest'
import type { DatabaseSignals, Observed, Unreachable } from '../../../../core/signals/pipeline-signals.ts'
import { DATABASE, desired, NOW, SPEC, signals, World } from './world.ts'

const MANY = 1_000_000
const SHARDED = desired({ aggregation: { ...SPEC.aggregation, shards: 8 } })

function sideBySide(world: World): number {
  const { jobTemplate } = world.the('CronJob', 'flights-aggregation')['spec'] as {
    jobTemplate: { spec: { parallelism: number; completions: number } }
  }
  expect(jobTemplate.spec.completions).toBe(8)
  return jobTemplate.spec.parallelism
}

function settled(database: Observed<DatabaseSignals> | Unreachable): World {
  const world = new World()
  world.asked = SHARDED
  world.signals = { ...signals(), database }
  world.settle()
  return world
}

const withEntities = (entities: number | null) => ({ observedAt: NOW, ...DATABASE, entities })

test.each<[string, Observed<DatabaseSignals> | Unreachable, number]>([
  ['few entities: one shard at a time', withEntities(100), 1],
  ['many: several', withEntities(MANY), 3],
  ['nobody has counted them: all', withEntities(null), 8],
  ['nobody can: all', { unreachable: 'connection refused' }, 8],
])('%s', (_sentence, database, expected) => {
  expect(sideBySide(settled(database))).toBe(expected)
})

test('it stays as it is while nobody can count any more', () => {
  const world = settled(withEntities(MANY))
  world.signals = undefined
  world.step()
  expect(sideBySide(world)).toBe(3)
})

test('the day roll is one process whatever there is', () => {
  const world = settled(withEntities(MANY))
  expect(world.the('CronJob', 'flights-day-roll')['spec']).toMatchObject({ jobTemplate: { spec: { parallelism: 1 } } })
})
