/** A cluster of somebody else that end-to-end tests are to use, as the environment names it. */
export interface NamedCluster {
  /** Path of a kubeconfig whose user may do everything. */
  readonly kubeconfig: string
  /** What its nodes have, or can pull, and once more with `-next` behind its tag. */
  readonly image: string
}

const DEFAULT_IMAGE = 'metrics-pipeline-operator:0.1.0'

/** None where tests are to start one of their own. Throws where the servers are missing that both its pods and the tests reach. */
export function namedCluster(): NamedCluster | undefined {
  const { E2E_KUBECONFIG, E2E_IMAGE, TEST_DATABASE_URL, TEST_REDIS_URL } = process.env
  if (!E2E_KUBECONFIG) return undefined
  if (!(TEST_DATABASE_URL && TEST_REDIS_URL))
    throw new Error(
      `tests in the cluster of ${E2E_KUBECONFIG} need servers that its pods and this machine reach: set TEST_DATABASE_URL and TEST_REDIS_URL`,
    )
  return { kubeconfig: E2E_KUBECONFIG, image: E2E_IMAGE || DEFAULT_IMAGE }
}
