import { spawn } from 'node:child_process'
import { type Ended, RunningProcess } from '../running-process.ts'
import type { Cluster } from './cluster.ts'
import { findTool, type Tool } from './tools.ts'

interface ToolInput {
  /** What it reads on standard input: `-f -`. */
  readonly input?: string
  /** Another user's kubeconfig than the cluster's own. */
  readonly kubeconfig?: string
}

/** Runs kubectl against a cluster and gives what it said, whatever became of it. */
export async function kubectl(cluster: Cluster, args: readonly string[], given: ToolInput = {}): Promise<Ended> {
  return await runTool('kubectl', cluster, args, given)
}

export async function helm(cluster: Cluster, args: readonly string[], given: ToolInput = {}): Promise<Ended> {
  return await runTool('helm', cluster, args, given)
}

/** Our own, which asks a cluster as kubectl does. */
export async function mp(cluster: Cluster, args: readonly string[], given: ToolInput = {}): Promise<Ended> {
  return await run(process.execPath, cluster, ['cli/main.ts', ...args], given)
}

async function runTool(tool: Tool, cluster: Cluster, args: readonly string[], given: ToolInput): Promise<Ended> {
  return await run(await findTool(tool, (message) => console.error(`tests: ${message}`)), cluster, args, given)
}

async function run(file: string, cluster: Cluster, args: readonly string[], given: ToolInput): Promise<Ended> {
  const child = spawn(file, args, { env: { ...process.env, KUBECONFIG: given.kubeconfig ?? cluster.kubeconfig } })
  const running = new RunningProcess(child)
  child.stdin.end(given.input)
  return await running.ended
}
