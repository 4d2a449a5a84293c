/** Who else changes the number of workers, and how often of late. */
export interface Contest {
  /** When the last of their numbers were found that were put back. */
  readonly atMs: readonly number[]
  /** Whether the number that was found last is left as it is for now. */
  readonly isLeft: boolean
  /** The number that was found last. */
  readonly replicas: number
  /** By which field manager, where that could be seen. */
  readonly by: string | null
}

/** Once or twice it is a person, who reads that the number was put back. Whoever does not stop is a program. */
const OFTEN = 3
const LATELY_MS = 300_000

/** Two programs that correct each other at once would keep workers starting and ending, and the API server busy, for ever. */
export const PUT_BACK_EVERY_MS = 30_000

export interface Found {
  readonly isOverridden: boolean
  readonly replicas: number
  readonly scaledBy: string | undefined
}

/** Null while nobody else has changed it of late. */
export function followContest(
  before: Contest | null,
  { isOverridden, replicas, scaledBy }: Found,
  nowMs: number,
): Contest | null {
  const lately = (before?.atMs ?? []).filter((atMs) => atMs > nowMs - LATELY_MS && atMs <= nowMs)
  const by = scaledBy ?? before?.by ?? null
  if (!isOverridden) return before === null || lately.length === 0 ? null : { ...before, atMs: lately, isLeft: false }
  const isLeft = lately.length >= OFTEN && nowMs - (lately.at(-1) ?? nowMs) < PUT_BACK_EVERY_MS
  return { atMs: isLeft ? lately : [...lately, nowMs].slice(-OFTEN), isLeft, replicas, by }
}

export function isContested(contest: Contest | null): contest is Contest {
  return contest !== null && contest.atMs.length >= OFTEN
}

/** As which HorizontalPodAutoscalers write. */
const CONTROLLERS = 'kube-controller-manager'

/** `kube-controller-manager, most likely a HorizontalPodAutoscaler,`. */
export function contestantInWords({ by }: Contest): string {
  if (by === null) return 'somebody else'
  return by === CONTROLLERS ? `${by}, most likely a HorizontalPodAutoscaler,` : by
}
