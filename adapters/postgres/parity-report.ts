export interface ParityReport {
  readonly compared: number
  /** Rows that differ from their recomputation: none, ever. */
  readonly mismatches: number
  /** Entities with facts that have neither a row nor a mark. */
  readonly missing: number
  /** Rows whose next change lies more than five minutes back, without a mark. */
  readonly overdue: number
  /** The first of those at fault, at most 100. */
  readonly entities: readonly string[]
}

/** Everybody at fault, by fault. */
export interface ParityFindings {
  readonly compared: number
  readonly mismatched: readonly string[]
  readonly missing: readonly string[]
  readonly overdue: readonly string[]
}

const ENTITIES_NAMED = 100

/** Adds up what parity finds. All are counted, and of each fault the first are named: so it stays small, however many there are. */
export class ParityTally {
  #compared = 0
  readonly #mismatched = new Fault()
  readonly #missing = new Fault()
  readonly #overdue = new Fault()

  add({ compared = 0, mismatched = [], missing = [], overdue = [] }: Partial<ParityFindings>): void {
    this.#compared += compared
    this.#mismatched.add(mismatched)
    this.#missing.add(missing)
    this.#overdue.add(overdue)
  }

  report(): ParityReport {
    const faults = [this.#mismatched, this.#missing, this.#overdue]
    return {
      compared: this.#compared,
      mismatches: this.#mismatched.count,
      missing: this.#missing.count,
      overdue: this.#overdue.count,
      entities: faults.flatMap(({ first }) => first).slice(0, ENTITIES_NAMED),
    }
  }
}

class Fault {
  count = 0
  readonly first: string[] = []

  add(entities: readonly string[]): void {
    this.count += entities.length
    this.first.push(...entities.slice(0, ENTITIES_NAMED - this.first.length))
  }
}

export function reportOf(findings: ParityFindings): ParityReport {
  const tally = new ParityTally()
  tally.add(findings)
  return tally.report()
}

export function isClean({ mismatches, missing, overdue }: ParityReport): boolean {
  return mismatches === 0 && missing === 0 && overdue === 0
}
