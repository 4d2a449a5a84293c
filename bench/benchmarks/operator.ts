import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ApiObject } from '../../tests/support/cluster/api-client.ts'
import { type AuditMark, isWrite } from '../../tests/support/cluster/audit-log.ts'
import { OperatorProcess } from '../../tests/support/cluster/operator-process.ts'
import { eventually } from '../../tests/support/eventually.ts'
import { throwAwayFolder } from '../../tests/support/throw-away-folder.ts'
import { bundlePrograms } from '../../tools/build/bundle.ts'
import { type Benchmark, type Figure, quantile } from '../support/bench.ts'
import { type PipelineSeen, PlayedCluster } from '../support/played-cluster.ts'
import { connectionsOf, cpuSecondsOf, memoryOf } from '../support/process-usage.ts'

/** As in the image. */
const SMALL_HEAP = ['--memory-saver-mode', '--max-semi-space-size=4']

const NAMESPACES = 10
const CREATED_AT_ONCE = 4
const POLL_MS = 20
const EDIT_EVERY_MS = 500
const REPAIRS = 10
const REST_MS = 60_000
const EDITS_AT_REST = 20
const STORMS = 5
const CHANGES = 100
const CHANGE_EVERY_MS = 20
const LAST_WORDS = 2_000

/** Everything is rolled out, so that nothing but the edit itself is to be done. */
const SEEN_TARGET = '<= 1'
const EDIT_TARGET = '<= 2'

/** The same in a minute or two, to see whether a change helps. */
export const operatorOfFifty = benchmarkOf('operator-50', 50)

export const operator = benchmarkOf('operator', 1_000)

function benchmarkOf(name: string, pipelines: number): Benchmark {
  return {
    name,
    summary: `the operator with ${pipelines.toLocaleString('en')} pipelines in ${NAMESPACES} namespaces`,
    onRequest: true,
    run: async (_servers, log) => ({ figures: await measure(pipelines, log) }),
  }
}

async function measure(count: number, log: (message: string) => void): Promise<readonly Figure[]> {
  const folder = await throwAwayFolder()
  await bundlePrograms(folder, { operator: 'operator/main.ts' })
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `team-${index}`)
  await using cluster = await PlayedCluster.start(namespaces)
  const start = () => startOperator(cluster, join(folder, 'operator.mjs'))
  const figures: Figure[] = []
  const add = (...some: readonly Figure[]) => {
    for (const { what, value, unit } of some) log(`${what}: ${value.toPrecision(3)} ${unit}`) // a run is long, and may fail later
    figures.push(...some)
  }

  let running = await start()
  log(`creating ${count} pipelines`)
  add(...(await coldStart(cluster, running, count, namespaces)))
  await quiet(cluster)
  await running[Symbol.asyncDispose]()

  log('restarting the operator')
  const mark = await cluster.plane.audit.mark()
  const startedAt = performance.now()
  running = await start()
  await judged(running, count)
  const judgedAt = performance.now()
  await quiet(cluster)
  add(
    {
      what: 'restart: all judged, start of the process included',
      value: (judgedAt - startedAt) / 1_000,
      unit: 's',
      target: '<= 60',
    },
    {
      what: 'restart: writes, Lease aside',
      value: (await writesSince(cluster, mark)).length,
      unit: 'writes',
      target: '<= 0',
    },
  )
  log('watching it rest')
  add(...(await rest(cluster, running)))
  log('changing one after the other')
  const changes = new Edits(cluster, [...cluster.pipelines.values()], EDITS_AT_REST)
  add(...(await changes.finish('a change at rest', SEEN_TARGET)))
  log('breaking what it made')
  add(...(await repairs(cluster)))
  log('changing the same again and again')
  add(...(await storms(cluster)))
  await running[Symbol.asyncDispose]()

  log('restarting it again, with edits meanwhile')
  running = await start()
  const edits = new Edits(cluster, [...cluster.pipelines.values()])
  await judged(running, count)
  add(...(await edits.end('an edit while it starts, lists and judges all')))
  await running[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
  return figures
}

async function startOperator({ plane }: PlayedCluster, file: string): Promise<OperatorProcess> {
  const environment = { MALLOC_ARENA_MAX: '1' }
  return await OperatorProcess.leading({
    user: plane,
    namespace: 'default',
    watch: [],
    program: [...SMALL_HEAP, file],
    environment,
  })
}

async function coldStart(
  cluster: PlayedCluster,
  running: OperatorProcess,
  count: number,
  namespaces: readonly string[],
): Promise<readonly Figure[]> {
  const mark = await cluster.plane.audit.mark()
  const [startedAt, cpu] = [performance.now(), cpuSecondsOf(running.pid)]
  const settled: PipelineSeen[] = []
  const edits = new Edits(cluster, settled)
  let created = 0
  const creator = async () => {
    for (let index = created++; index < count; index = created++)
      await cluster.create(namespaces[index % namespaces.length]!, `orders-${index}`)
  }
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, creator))
  const createdAt = performance.now()
  while (settled.length < count) {
    await delay(POLL_MS)
    settled.splice(
      0,
      settled.length,
      ...[...cluster.pipelines.values()].filter(({ appliedAt }) => appliedAt !== undefined),
    )
  }
  const edited = await edits.end('an edit meanwhile', EDIT_TARGET)
  const seconds = settled.map(({ appliedAt = 0 }) => (appliedAt - startedAt) / 1_000)
  const requests = (await cluster.plane.audit.since(mark)).filter(({ userAgent }) => isOperator(userAgent))
  const busy = (cpuSecondsOf(running.pid) - cpu) / ((performance.now() - startedAt) / 1_000)
  return [
    { what: 'cold: objects created by the user after', value: (createdAt - startedAt) / 1_000, unit: 's' },
    ...[0.1, 0.5, 0.9].map((share) => ({
      what: `cold: ${share * 100} % applied after`,
      value: quantile(seconds, share),
      unit: 's',
    })),
    { what: 'cold: all applied after', value: Math.max(...seconds), unit: 's', target: '<= 300' },
    { what: 'cold: requests for each pipeline', value: requests.length / count, unit: 'requests' },
    { what: 'cold: writes for each pipeline', value: requests.filter(isWrite).length / count, unit: 'writes' },
    ...['metricspipelines', 'events'].map((resource) => ({
      what: `cold: of them to ${resource}`,
      value: requests.filter((request) => isWrite(request) && request.resource === resource).length / count,
      unit: 'writes',
    })),
    { what: 'cold: processor time', value: busy * 100, unit: '% of a core' },
    { what: 'cold: memory, RSS, its highest', value: memoryOf(running.pid).peak, unit: 'MB' },
    ...edited,
  ]
}

/** Edits one pipeline after the other, as a user would: how many workers there are. Until it is told to end, or so many. */
class Edits {
  readonly #cluster: PlayedCluster
  readonly #seconds: number[] = []
  readonly #done: Promise<void>
  #ended = false

  constructor(cluster: PlayedCluster, pipelines: readonly PipelineSeen[], most = Number.POSITIVE_INFINITY) {
    this.#cluster = cluster
    this.#done = this.#run(pipelines, most)
  }

  async end(what: string, target?: string): Promise<readonly Figure[]> {
    this.#ended = true
    return await this.finish(what, target)
  }

  async finish(what: string, target?: string): Promise<readonly Figure[]> {
    await this.#done
    return [
      { what: `${what}: p50`, value: quantile(this.#seconds, 0.5), unit: 's' },
      {
        what: `${what}: p99`,
        value: quantile(this.#seconds, 0.99),
        unit: 's',
        ...(target === undefined ? {} : { target }),
      },
      { what: `${what}: how many`, value: this.#seconds.length, unit: 'edits' },
    ]
  }

  async #run(pipelines: readonly PipelineSeen[], most: number): Promise<void> {
    for (let turn = 0; !this.#ended && this.#seconds.length < most; turn += 1) {
      await delay(EDIT_EVERY_MS)
      const seen = pipelines[(turn * 7) % Math.max(pipelines.length, 1)]
      if (seen?.deployment === undefined) continue
      const replicas = (seen.deployment['spec'].replicas % 3) + 1
      const editedAt = performance.now()
      await this.#cluster.edit(seen, { workers: { replicas } })
      await until(() => seen.deployment?.['spec'].replicas === replicas)
      this.#seconds.push((performance.now() - editedAt) / 1_000)
    }
  }
}

async function rest(cluster: PlayedCluster, running: OperatorProcess): Promise<readonly Figure[]> {
  const mark = await cluster.plane.audit.mark()
  await metric(running, 'nodejs_eventloop_lag_p99_seconds') // which begins anew when it is asked
  const [startedAt, cpu] = [performance.now(), cpuSecondsOf(running.pid)]
  await delay(REST_MS)
  const share = (cpuSecondsOf(running.pid) - cpu) / ((performance.now() - startedAt) / 1_000)
  const { now, peak } = memoryOf(running.pid)
  const connections = connectionsOf(running.pid, Number(new URL(cluster.plane.handle.server).port))
  return [
    { what: 'restart: memory, RSS, its highest', value: peak, unit: 'MB', target: '<= 250' },
    { what: 'at rest: memory, RSS', value: now, unit: 'MB', target: '<= 250' },
    { what: 'at rest: processor time', value: share * 100, unit: '% of a core', target: '<= 5' },
    {
      what: 'at rest: delay of the event loop, p99',
      value: (await metric(running, 'nodejs_eventloop_lag_p99_seconds')) * 1_000,
      unit: 'ms',
    },
    { what: 'at rest: connections to the API server', value: connections, unit: 'connections', target: '<= 4' },
    {
      what: 'at rest: writes, Lease aside',
      value: (await writesSince(cluster, mark)).length,
      unit: 'writes',
      target: '<= 0',
    },
  ]
}

async function repairs(cluster: PlayedCluster): Promise<readonly Figure[]> {
  const seconds: number[] = []
  for (const seen of [...cluster.pipelines.values()].slice(0, REPAIRS)) {
    const path = pathOfDeployment(seen)
    const { uid } = seen.deployment?.['metadata'] ?? {}
    const deletedAt = performance.now()
    await cluster.api.delete(path, { propagationPolicy: 'Background' })
    await until(() => seen.deployment !== undefined && seen.deployment['metadata'].uid !== uid)
    const brokenAt = performance.now()
    await repaired(seen, await cluster.api.patch(path, brokenBy(17)))
    seconds.push((brokenAt - deletedAt) / 1_000, (performance.now() - brokenAt) / 1_000)
  }
  return [{ what: 'drift: the slowest of 20 repairs', value: Math.max(...seconds), unit: 's', target: '<= 5' }]
}

/** Somebody else changes a pipeline and its Deployment fifty times a second: how long after the last change all is as it should be. */
async function storms(cluster: PlayedCluster): Promise<readonly Figure[]> {
  const seconds: number[] = []
  for (const seen of [...cluster.pipelines.values()].slice(0, STORMS)) {
    let broken: ApiObject = {}
    for (let round = 1; round <= CHANGES; round += 1) {
      const next = delay(CHANGE_EVERY_MS)
      await cluster.annotate(seen, { 'other/round': String(round) })
      broken = await cluster.api.patch(pathOfDeployment(seen), brokenBy(round))
      await next
    }
    const endedAt = performance.now()
    await repaired(seen, broken)
    seconds.push((performance.now() - endedAt) / 1_000)
  }
  return [
    {
      what: `a storm of ${CHANGES} changes: the slowest repair after it`,
      value: Math.max(...seconds),
      unit: 's',
      target: '<= 2',
    },
  ]
}

/** A field that is the operator's, whoever scales, and means nothing to anybody here. */
const brokenBy = (progressDeadlineSeconds: number): ApiObject => ({ spec: { progressDeadlineSeconds } })

/** It may be whole again before anybody has seen it broken; its generation has moved all the same. */
async function repaired(seen: PipelineSeen, broken: ApiObject): Promise<void> {
  await until(() => {
    const { metadata, spec } = seen.deployment ?? broken
    const isLater = metadata.generation > broken['metadata'].generation
    return isLater && spec.progressDeadlineSeconds !== broken['spec'].progressDeadlineSeconds
  })
}

function pathOfDeployment({ namespace, deployment }: PipelineSeen): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment?.['metadata'].name}`
}

async function judged(running: OperatorProcess, count: number): Promise<void> {
  const name = 'mp_operator_reconcile_duration_seconds_count{subject="pipeline"}'
  while ((await metric(running, name)) < count) await delay(POLL_MS * 5)
}

/** Nothing was written for a while, longer than any delay of the operator's own. */
async function quiet(cluster: PlayedCluster): Promise<void> {
  for (let mark = await cluster.plane.audit.mark(); ; mark = await cluster.plane.audit.mark()) {
    await delay(5_000)
    if ((await writesSince(cluster, mark)).length === 0) return
  }
}

async function writesSince({ plane }: PlayedCluster, mark: AuditMark): Promise<readonly unknown[]> {
  const requests = await plane.audit.since(mark)
  return requests.filter(
    (request) => isWrite(request) && isOperator(request.userAgent) && request.resource !== 'leases',
  )
}

function isOperator(userAgent: string): boolean {
  return userAgent.startsWith('metrics-pipeline-operator')
}

async function metric(running: OperatorProcess, name: string): Promise<number> {
  const url = `http://127.0.0.1:${await running.port()}/metrics`
  const text = await eventually(async () => {
    if (!running.running) throw new Error(`the operator ended: ${running.output.slice(-LAST_WORDS)}`)
    return await (await fetch(url)).text() // a connection that was kept may be closed just now
  })
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.split(' ')[1] ?? 0)
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(POLL_MS)
}
