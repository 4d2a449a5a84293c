/** Who else changes the number of workers, and how often of late. */
export interface Contest {
  /** When the last of their numbers were found; each was put back. */
  readonly atMs: readonly number[]
  /** The number that was found last. */
  readonly replicas: number
  /** By which field manager, where that could be seen. */
  readonly by: string | null
}

/** Once or twice it is a person, who reads that the number was put back. Whoever does not stop is a program. */
const OFTEN = 3
const LATELY_MS = 300_000

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
  if (isOverridden) return { atMs: [...lately, nowMs].slice(-OFTEN), replicas, by: scaledBy ?? before?.by ?? null }
  return before === null || lately.length === 0 ? null : { ...before, atMs: lately }
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
