import { type AuditedRequest, type AuditMark, isWrite } from './audit-log.ts'
import type { OwnCluster } from './own-cluster.ts'

/** What operators have written in a namespace since, Leases and events aside. */
export async function operatorWrites(
  { audit }: OwnCluster,
  namespace: string,
  mark: AuditMark,
): Promise<readonly AuditedRequest[]> {
  const requests = await audit.since(mark)
  return requests.filter(
    (request) =>
      isWrite(request) &&
      request.userAgent.startsWith('metrics-pipeline-operator') &&
      request.namespace === namespace &&
      !['leases', 'events'].includes(request.resource),
  )
}
