import { open, stat } from 'node:fs/promises'

/** A request as the API server has answered it. */
export interface AuditedRequest {
  readonly user: string
  readonly userAgent: string
  /** As RBAC calls it: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string
  /** Empty for a path that is no resource. */
  readonly resource: string
  readonly subresource: string
  readonly apiGroup: string
  readonly namespace: string
  readonly name: string
  /** The path with its query. */
  readonly uri: string
  readonly code: number
  /** ISO instant of its arrival. */
  readonly at: string
}

/** A point in the log, to read from there on. */
export type AuditMark = number

/** For `filter`: whether a request asked for a change. */
export function isWrite({ verb }: AuditedRequest): boolean {
  return !['get', 'list', 'watch'].includes(verb)
}

interface AuditLine {
  readonly auditID: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly userAgent?: string
  readonly objectRef?: Partial<Record<'resource' | 'subresource' | 'apiGroup' | 'namespace' | 'name', string>>
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
}

/** What everybody but the control plane itself has asked of the API server. A request is in it before its answer is out. */
export class AuditLog {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** The end of the log as it is. */
  async mark(): Promise<AuditMark> {
    return await stat(this.#file).then(
      ({ size }) => size,
      () => 0,
    )
  }

  /** All requests since the mark, in the order of their answers; a watch is there once it has begun. */
  async since(mark: AuditMark): Promise<readonly AuditedRequest[]> {
    const requests = new Map<string, AuditedRequest>()
    for (const line of (await this.#readFrom(mark)).split('\n')) {
      if (line === '') continue
      const parsed = JSON.parse(line) as AuditLine
      requests.set(parsed.auditID, toRequest(parsed)) // a watch has two lines
    }
    return [...requests.values()]
  }

  /** Up to the last whole line. */
  async #readFrom(mark: AuditMark): Promise<string> {
    const file = await open(this.#file)
    try {
      const { size } = await file.stat()
      const { buffer } = await file.read({ buffer: Buffer.alloc(size - mark), position: mark })
      return buffer.subarray(0, buffer.lastIndexOf('\n') + 1).toString()
    } finally {
      await file.close()
    }
  }
}

function toRequest(line: AuditLine): AuditedRequest {
  const { resource = '', subresource = '', apiGroup = '', namespace = '', name = '' } = line.objectRef ?? {}
  return {
    user: line.user.username,
    userAgent: line.userAgent ?? '',
    verb: line.verb,
    ...{ resource, subresource, apiGroup, namespace, name },
    uri: line.requestURI,
    code: line.responseStatus?.code ?? 0,
    at: line.requestReceivedTimestamp,
  }
}
