import { join } from 'node:path'
import { isExecutable } from '../../../adapters/process/servers/find-on-path.ts'
import { buildControlPlane } from './build-control-plane.ts'

export type Component = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'

export interface ControlPlaneBinaries {
  /** What begins the command line of each. */
  readonly commands: Readonly<Record<Component, readonly string[]>>
  /** One clause for people. */
  readonly how: string
}

type Log = (message: string) => void

/** In the order in which they start. */
export const COMPONENTS: readonly Component[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']

/** Those in the folder KUBEBUILDER_ASSETS if all are there, else the one program that was built before, else it is built now. */
export async function findControlPlane(log: Log): Promise<ControlPlaneBinaries> {
  return (await findGiven(process.env['KUBEBUILDER_ASSETS'], log)) ?? (await buildOwn(log))
}

async function findGiven(folder: string | undefined, log: Log): Promise<ControlPlaneBinaries | undefined> {
  if (folder === undefined || folder === '') return undefined
  const missing = []
  for (const component of COMPONENTS) if (!(await isExecutable(join(folder, component)))) missing.push(component)
  if (missing.length === 0) return { commands: commandsOf((name) => [join(folder, name)]), how: `from ${folder}` }
  log(`KUBEBUILDER_ASSETS names ${folder}, where ${missing.join(', ')} is missing: using a control plane built here`)
  return undefined
}

async function buildOwn(log: Log): Promise<ControlPlaneBinaries> {
  const file = await buildControlPlane(log)
  return { commands: commandsOf((name) => [file, name]), how: file }
}

function commandsOf(command: (name: Component) => readonly string[]): ControlPlaneBinaries['commands'] {
  return Object.fromEntries(COMPONENTS.map((name) => [name, command(name)])) as ControlPlaneBinaries['commands']
}
