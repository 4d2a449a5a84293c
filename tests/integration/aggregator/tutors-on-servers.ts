import { loadPipeline } from '../../../adapters/manifest/load-pipeline.ts'
import { formatInstant, type Instant, MICROS_PER_DAY } from '../../../core/time/instant.ts'
import { createPopulation, createTutors } from '../../../examples/tutor-performance/population.ts'
import type { PopulationEvent } from '../../../examples/tutor-performance/population-event.ts'
import { profileEvent, type Tutor } from '../../../examples/tutor-performance/tutors.ts'
import { PipelineOnServers } from '../../support/pipeline-on-servers.ts'

export const TUTORS = 24

/** These two have left; the daily aggregation covers the others. */
export const INACTIVE = ['tutor_00003', 'tutor_00017']

/** Forty days of a small platform, evaluated, with no worker left that would change a row. */
export async function openTutors(): Promise<PipelineOnServers> {
  const now: Instant = Date.now() * 1_000
  const population = { seed: 7, tutors: TUTORS, days: 40, endAt: now }
  const leave = createTutors(population)
    .filter((tutor) => tutor.leaves !== undefined || INACTIVE.includes(tutor.id))
    .map((tutor: Tutor) => profileEvent(tutor, now - 1, INACTIVE.includes(tutor.id) ? 'inactive' : 'active'))
  const tutors = await PipelineOnServers.open(await loadPipeline('examples/tutor-performance.yaml'))
  const worker = await tutors.startWorker()
  await tutors.publish([...createPopulation(population), ...leave].map(outgoing))
  await tutors.caughtUp()
  await worker.stop()
  return tutors
}

function outgoing(event: PopulationEvent) {
  return { ...event, time: formatInstant(event.time) }
}

/** `days` days before today's. */
export function dayBefore(days: number): string {
  return new Date(Date.now() - (days * MICROS_PER_DAY) / 1_000).toISOString().slice(0, 10)
}
