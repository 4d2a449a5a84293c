import type { Cluster } from './cluster.ts'

/** `patch metricspipelines.metricspipelines.io/status`, `get leases.coordination.k8s.io`, `list pods`: verb, then resource with group and subresource. */
export async function may(
  cluster: Cluster,
  user: string,
  request: string,
  place: { readonly namespace?: string; readonly name?: string } = {},
): Promise<boolean> {
  const [, verb, resource, group = '', subresource = ''] =
    /^(\w+) (\w+)(?:\.([\w.]+))?(?:\/(\w+))?$/.exec(request) ?? []
  const review = await cluster.api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    spec: { user, resourceAttributes: { verb, resource, group, subresource, ...place } },
  })
  return review['status'].allowed
}
