import type { Cluster } from './cluster.ts'

/** What a request is for, as rules of roles name it; an empty group is the core's. */
export interface ResourceAttributes {
  readonly verb: string
  readonly resource: string
  readonly group?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** `patch metricspipelines.metricspipelines.io/status`, `get leases.coordination.k8s.io`, `list pods`: verb, then resource with group and subresource. */
export async function may(
  cluster: Cluster,
  user: string,
  request: string,
  place: { readonly namespace?: string; readonly name?: string } = {},
): Promise<boolean> {
  const [, verb = '', resource = '', group = '', subresource = ''] =
    /^(\w+) (\w+)(?:\.([\w.]+))?(?:\/(\w+))?$/.exec(request) ?? []
  return await isAllowed(cluster, user, { verb, resource, group, subresource, ...place })
}

/** As the API server judges by the roles and bindings that it has heard of, which it does a moment after they were written. */
export async function isAllowed(
  cluster: Cluster,
  user: string,
  resourceAttributes: ResourceAttributes,
): Promise<boolean> {
  const review = await cluster.api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    spec: { user, resourceAttributes },
  })
  return review['status'].allowed
}
