import { beforeAll, expect, test } from 'vitest'
import { parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import type { OwnCluster } from '../../support/cluster/own-cluster.ts'
import { pipelineObject } from '../../support/cluster/pipeline-object.ts'
import { sharedControlPlane } from '../../support/cluster/shared-cluster.ts'

// What a pipeline's schedule may be is what a CronJob's may be, and a laptop can follow as well.

const CRON_JOBS = '/apis/batch/v1/namespaces/default/cronjobs'

let plane: OwnCluster

beforeAll(async () => {
  plane = await sharedControlPlane()
})

function isOurs(schedule: string): boolean {
  const object = pipelineObject({ 'spec.aggregation.schedule': schedule })
  return !('problems' in parsePipeline(JSON.stringify(object), 'file'))
}

async function isTheirs(schedule: string, timeZone = 'Etc/UTC'): Promise<boolean> {
  const containers = [{ name: 'daily', image: 'daily' }]
  const jobTemplate = { spec: { template: { spec: { restartPolicy: 'Never', containers } } } }
  const job = { metadata: { name: 'daily' }, spec: { schedule, timeZone, jobTemplate } }
  return await plane.api.create(`${CRON_JOBS}?dryRun=All`, job).then(
    () => true,
    () => false,
  )
}

test.each([
  '0 2 * * *',
  '00 02 01 01 *',
  '*/15 * * * *',
  '5-30/10 * * * *',
  '0,30 2,14 * * *',
  '0 2 1,15 * *',
  '0 2 * JAN-jun *',
  '0 2 * * SUN',
  '0 2 * * sun-tue',
  '0 2 * * 1,3-5',
  '59 23 31 12 6',
])('%s is one for both', async (schedule) => {
  expect([isOurs(schedule), await isTheirs(schedule)]).toEqual([true, true])
})

test.each([
  '0 2 * * 7',
  '0 2 * * 6-7',
  '60 * * * *',
  '0 24 * * *',
  '0 2 0 * *',
  '0 2 32 * *',
  '0 2 * 13 *',
  '*/0 * * * *',
  '30-10 * * * *',
  '0 2 * * FRI-MON',
  '0 2 * xyz *',
  '0 2 L * *',
  '0 2 * *',
  '0 0 2 * * *',
])('%s is one for neither', async (schedule) => {
  expect([isOurs(schedule), await isTheirs(schedule)]).toEqual([false, false])
})

test.each([
  ['a step from somewhere', '5/10 * * * *'],
  ['a step beyond the hour', '*/70 * * * *'],
  ['a day that never comes', '0 2 31 2 *'],
  ['a nickname', '@daily'],
])('%s is one for Kubernetes only, and so none', async (_what, schedule) => {
  expect([isOurs(schedule), await isTheirs(schedule)]).toEqual([false, true])
})

test.each(['Etc/UTC', 'UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata'])(
  'the time zone %s is one for both',
  async (timeZone) => {
    const object = pipelineObject({ 'spec.aggregation.timeZone': timeZone })
    expect(parsePipeline(JSON.stringify(object), 'file')).not.toHaveProperty('problems')
    expect(await isTheirs('0 2 * * *', timeZone)).toBe(true)
  },
)
