/** What a request was about, for the message: `patch deployments shop/worker`. */
export interface RequestName {
  readonly verb: string
  readonly resource: string
}

export interface FieldCause {
  /** `spec.workers.replicas`; empty when the API server names none. */
  readonly field: string
  readonly reason: string
  readonly message: string
}

/** The API server's own account of what went wrong. */
export interface Status {
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly field?: string; readonly reason?: string; readonly message?: string }[]
  }
}

/** A request that did not do what it was to do. The message names verb and resource; bodies and headers are in no error, for they hold secrets. */
export abstract class KubernetesError extends Error {
  /** Stable, for metrics and conditions. */
  abstract readonly code: string
  /** Whether the same request may succeed later without anybody changing anything. */
  abstract readonly retryable: boolean
  readonly request: RequestName

  constructor(request: RequestName, reason: string, options?: ErrorOptions) {
    super(`${request.verb} ${request.resource}: ${reason}`, options)
    this.name = new.target.name
    this.request = request
  }
}

/** Somebody else was faster: another version, another uid, or the object is there already. */
export class ConflictError extends KubernetesError {
  readonly code = 'conflict'
  readonly retryable = true
  readonly alreadyExists: boolean

  constructor(request: RequestName, status: Status) {
    super(request, status.message ?? 'conflict')
    this.alreadyExists = status.reason === 'AlreadyExists'
  }
}

export class NotFoundError extends KubernetesError {
  readonly code = 'not-found'
  readonly retryable = false
  /** False: the API server has no such kind of resource. */
  readonly kindIsServed: boolean

  constructor(request: RequestName, status: Status) {
    const kindIsServed = status.details?.name !== undefined && status.details.name !== ''
    super(request, kindIsServed ? (status.message ?? 'not found') : 'the API server does not serve this kind')
    this.kindIsServed = kindIsServed
  }
}

/** A version that the API server has forgotten: list again. */
export class GoneError extends KubernetesError {
  readonly code = 'gone'
  readonly retryable = true
}

/** The object is not acceptable, whoever sends it and however often. */
export class InvalidError extends KubernetesError {
  readonly code = 'invalid'
  readonly retryable = false
  readonly causes: readonly FieldCause[]

  constructor(request: RequestName, status: Status) {
    super(request, status.message ?? 'invalid')
    this.causes = (status.details?.causes ?? []).map(({ field = '', reason = '', message = '' }) => ({
      field,
      reason,
      message,
    }))
  }
}

/** The verb and the resource in the message are what a role has to allow. */
export class ForbiddenError extends KubernetesError {
  readonly code = 'forbidden'
  readonly retryable = false
}

export class UnauthorizedError extends KubernetesError {
  readonly code = 'unauthorized'
  readonly retryable = true // credentials are read again each time
}

export class TooManyRequestsError extends KubernetesError {
  readonly code = 'too-many-requests'
  readonly retryable = true
  readonly retryAfterMs: number

  constructor(request: RequestName, reason: string, retryAfterMs: number) {
    super(request, reason)
    this.retryAfterMs = retryAfterMs
  }
}

/** The API server answered, and could not do it. Whether a write was done is not known. */
export class ApiServerError extends KubernetesError {
  readonly code = 'server-error'
  readonly retryable = true
  readonly status: number

  constructor(request: RequestName, status: number, reason: string) {
    super(request, `${status} ${reason}`)
    this.status = status
  }
}

/** No answer. Whether a write was done is not known. */
export class UnreachableError extends KubernetesError {
  readonly code = 'unreachable'
  readonly retryable = true
}

/** A watch that did not end as watches do: cut off, silent, or with what is no change. */
export class BrokenWatchError extends KubernetesError {
  readonly code = 'broken-watch'
  readonly retryable = true
}

/** Not sent: this process leads no longer, and another may. */
export class LostLeadershipError extends KubernetesError {
  readonly code = 'lost-leadership'
  readonly retryable = false

  constructor(request: RequestName) {
    super(request, 'not sent, for this process does not lead any more')
  }
}

const RETRY_AFTER_MS = 1_000

/** The error for an answer of the API server, or for the status that ends a watch. `retryAfter` is the header, in seconds. */
export function errorOfStatus(
  request: RequestName,
  code: number,
  status: Status,
  retryAfter?: string,
): KubernetesError {
  const reason = status.message ?? `status ${code}`
  switch (code) {
    case 401:
      return new UnauthorizedError(request, 'the credentials are not accepted')
    case 403:
      return new ForbiddenError(request, reason)
    case 404:
      return new NotFoundError(request, status)
    case 409:
      return new ConflictError(request, status)
    case 410:
      return new GoneError(request, reason)
    case 429:
      return new TooManyRequestsError(request, reason, retryAfterMs(status, retryAfter))
    default:
      return code >= 500 ? new ApiServerError(request, code, reason) : new InvalidError(request, status)
  }
}

/** In the header the API server may also say a date; none of its own filters does. */
function retryAfterMs({ details }: Status, header: string | undefined): number {
  const seconds = header !== undefined && /^\d{1,5}$/.test(header) ? Number(header) : details?.retryAfterSeconds
  return seconds === undefined ? RETRY_AFTER_MS : seconds * 1_000
}
