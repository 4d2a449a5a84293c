// A process that wants to lead, and writes as long as it does: for tests that stop it, freeze it or cut it off.
import { setTimeout as delay } from 'node:timers/promises'
import { KubernetesConnection } from '../../../adapters/kubernetes/connection.ts'
import { KubernetesClient } from '../../../adapters/kubernetes/kubernetes-client.ts'
import { LeaderElection } from '../../../adapters/kubernetes/leader-election.ts'
import { loadKubeConfig } from '../../../adapters/kubernetes/load-kube-config.ts'
import { createLogger } from '../../../adapters/telemetry/create-logger.ts'

const { NAMESPACE: namespace = '', IDENTITY: identity = '' } = process.env
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const WRITE_EVERY_MS = 200

const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())

const connection = new KubernetesConnection({ load: () => loadKubeConfig(), userAgent: identity })
const client = new KubernetesClient({ connection, fieldManager: identity })
const log = createLogger('info', 'contender', { identity })
const election = new LeaderElection({ connection, namespace, name: 'work', identity, fieldManager: identity, log })

const end = await election.run(async (fence) => {
  process.stdout.write('leads\n')
  const writer = client.fenced(fence)
  for (let count = 0; !stop.signal.aborted && !fence.lost.aborted; count += 1) {
    const data = { by: identity, count: String(count) }
    await writer
      .apply(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'work', namespace }, data })
      .catch((error: Error) => process.stdout.write(`failed: ${error.name}\n`))
    await delay(WRITE_EVERY_MS)
  }
}, stop.signal)
process.stdout.write(`ended: ${end}\n`)
connection.close()
