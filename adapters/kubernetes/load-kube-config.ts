import { KubeConfig } from '@kubernetes/client-node'
import { ConfigurationError } from '../process/run-process.ts'
import { useTokenFiles } from './token-files.ts'

/** What the library assumes when there is neither a kubeconfig nor a service account. */
const NOWHERE = 'http://localhost:8080'

/**
 * Which API server, and who we are there: the file if one is named, else what `KUBECONFIG` names, else `~/.kube/config`, else the service
 * account of the pod that we run in. A context other than the current one may be named.
 */
export function loadKubeConfig(file?: string, context?: string): KubeConfig {
  const config = new KubeConfig()
  try {
    if (file === undefined) config.loadFromDefault()
    else config.loadFromFile(file)
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n') // the lines below it repeat those of the file, tokens among them
    throw new ConfigurationError([`KUBECONFIG: cannot be read: ${reason}`])
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw new ConfigurationError([
        `KUBECONFIG: has no context ${context}; list them with: kubectl config get-contexts`,
      ])
    config.setCurrentContext(context)
  }
  useTokenFiles(config, file)
  const cluster = config.getCurrentCluster()
  if (cluster === null)
    throw new ConfigurationError([
      'KUBECONFIG: its current context names no cluster; set one with: kubectl config use-context',
    ])
  if (cluster.server === NOWHERE)
    throw new ConfigurationError([
      'KUBECONFIG: is not set, there is no ~/.kube/config, and this is no pod with a service account',
    ])
  if (cluster.proxyUrl !== undefined)
    throw new ConfigurationError(['KUBECONFIG: proxy-url is not supported; forward a port to the API server instead'])
  return config
}
