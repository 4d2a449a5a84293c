import { expect } from 'vitest'
import { eventually } from '../eventually.ts'
import type { ApiObject } from './api-client.ts'
import type { AuditedRequest, AuditMark } from './audit-log.ts'
import { type OperatorOptions, OperatorProcess } from './operator-process.ts'
import { operatorWrites } from './operator-writes.ts'
import type { OwnCluster } from './own-cluster.ts'
import { installCrd, PIPELINES, runPods, smallPipeline } from './pipeline-fixture.ts'
import { sharedControlPlane } from './shared-cluster.ts'
import { TestNamespace } from './test-namespace.ts'

/** For what goes with a pipeline: the garbage collector looks every half minute whether there are kinds that it does not know, such as ours. */
export const COLLECTED = { withinMs: 55_000 }

/** A namespace with an operator of its own, where nothing runs pods: tests say how those are. */
export class OperatedNamespace implements AsyncDisposable {
  readonly cluster: OwnCluster
  readonly namespace: TestNamespace
  operator: OperatorProcess
  /** Where the exporter's pod is said to be. */
  exporterIp = '127.0.0.1'
  workerIp = '127.0.0.1'

  private constructor(cluster: OwnCluster, namespace: TestNamespace, operator: OperatorProcess) {
    this.cluster = cluster
    this.namespace = namespace
    this.operator = operator
  }

  static async open(options: Partial<OperatorOptions> = {}): Promise<OperatedNamespace> {
    const cluster = await sharedControlPlane()
    await installCrd(cluster)
    const namespace = await TestNamespace.create(cluster)
    const operator = await OperatorProcess.leading({ user: cluster, namespace: namespace.name, ...options })
    return new OperatedNamespace(cluster, namespace, operator)
  }

  /** Another process in place of the operator. */
  async restart(options: Partial<OperatorOptions> = {}): Promise<void> {
    await this.operator[Symbol.asyncDispose]()
    const given = { user: this.cluster, namespace: this.namespace.name, ...options }
    this.operator = await OperatorProcess.leading(given)
  }

  /** A pipeline that runs. */
  async settled(name: string, change: ApiObject = {}): Promise<void> {
    await this.namespace.create(PIPELINES, smallPipeline(name, change))
    await this.ready(name)
  }

  async ready(name: string): Promise<void> {
    await eventually(async () => {
      await this.runPods()
      const { metadata, status } = await this.namespace.get(PIPELINES, name)
      expect(await this.condition(name, 'Ready')).toMatchObject({ status: 'True' })
      expect(status.observedGeneration).toBe(metadata.generation)
    })
  }

  async runPods(): Promise<void> {
    await runPods(this.namespace, this)
  }

  /** Throws while there is none. */
  async condition(name: string, type: string): Promise<ApiObject> {
    const { status } = await this.namespace.get(PIPELINES, name)
    const found = status?.conditions?.find((each: ApiObject) => each['type'] === type)
    if (found === undefined) throw new Error(`no ${type} yet: ${JSON.stringify(status)}\n${this.operator.output}`)
    return found
  }

  async conditionBecomes(name: string, type: string, expected: ApiObject): Promise<ApiObject> {
    return await eventually(async () => {
      const condition = await this.condition(name, type)
      expect(condition).toMatchObject(expected)
      return condition
    })
  }

  /** What the operator has written since, its Lease and events aside. */
  async writesSince(mark: AuditMark): Promise<readonly AuditedRequest[]> {
    return await operatorWrites(this.cluster, this.namespace.name, mark)
  }

  /** How many passes over pipelines the operator has made. */
  async passes(): Promise<number> {
    return await this.operator.passes('pipeline')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.operator[Symbol.asyncDispose]()
    await this.namespace[Symbol.asyncDispose]()
  }
}
