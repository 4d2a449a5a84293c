import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { type Ended, RunningProcess } from '../running-process.ts'
import type { ApiObject } from './api-client.ts'
import { findTool } from './tools.ts'

/** The folder of the chart. */
export const CHART = resolve(import.meta.dirname, '../../../charts/metrics-pipeline-operator')

/** What values say, as `values.yaml` does. */
export type ChartValues = Readonly<Record<string, unknown>>

/** Runs helm where no cluster is asked, whatever becomes of it. */
export async function helmAlone(args: readonly string[], input = ''): Promise<Ended> {
  const helm = await findTool('helm', (message) => console.error(`tests: ${message}`))
  const child = spawn(helm, args, { env: { ...process.env, KUBECONFIG: '/dev/null' } })
  const running = new RunningProcess(child)
  child.stdin.end(input)
  return await running.ended
}

/** `helm template` of the release `operator` in the namespace `operators`. */
export async function templateChart(values: ChartValues = {}, args: readonly string[] = []): Promise<Ended> {
  const command = ['template', 'operator', CHART, '--namespace', 'operators', '--values', '-', ...args]
  return await helmAlone(command, JSON.stringify(values))
}

/** The objects of that, tests included. */
export async function renderChart(values: ChartValues = {}): Promise<readonly ApiObject[]> {
  const { code, out, err } = await templateChart(values)
  if (code !== 0) throw new Error(err)
  return parseAllDocuments(out).flatMap((document) => (document.contents === null ? [] : [document.toJS()]))
}
