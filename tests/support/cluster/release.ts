import { eventually } from '../eventually.ts'
import { CHART, type ChartValues } from './chart.ts'
import type { Cluster } from './cluster.ts'
import { helm } from './run-tool.ts'

/** The path of the definition of MetricsPipeline, which a cluster has once. */
export const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/metricspipelines.metricspipelines.io'

/** The chart as helm installed it into a namespace, under the name `operator`. */
export class Release implements AsyncDisposable {
  /** What the operator's objects are called, its ServiceAccount among them. */
  readonly fullname = 'operator-metrics-pipeline-operator'
  readonly #cluster: Cluster
  readonly #namespace: string

  private constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster
    this.#namespace = namespace
  }

  /** `chart` is the folder of another version of it. */
  static async install(cluster: Cluster, namespace: string, values: ChartValues = {}, chart = CHART): Promise<Release> {
    const release = new Release(cluster, namespace)
    await release.#helm(['install', 'operator', chart, '--values', '-'], values)
    return release
  }

  async upgrade(values: ChartValues = {}, chart = CHART): Promise<void> {
    await this.#helm(['upgrade', 'operator', chart, '--values', '-'], values)
  }

  async rollback(revision: number): Promise<void> {
    await this.#helm(['rollback', 'operator', String(revision)])
  }

  async uninstall(): Promise<void> {
    await this.#helm(['uninstall', 'operator', '--ignore-not-found'])
  }

  /** Leaves nothing of it, the definition included. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.uninstall()
    const { api } = this.#cluster
    if ((await api.find(CRD_PATH)) !== undefined) await api.delete(CRD_PATH)
    await eventually(async () => {
      if ((await api.find(CRD_PATH)) !== undefined) throw new Error('the definition of MetricsPipeline will not go')
    })
  }

  async #helm(args: readonly string[], values: ChartValues = {}): Promise<void> {
    const command = [...args, '--namespace', this.#namespace]
    const { code, err } = await helm(this.#cluster, command, { input: JSON.stringify(values) })
    if (code !== 0) throw new Error(`helm ${args[0]}: ${err}`)
  }
}
