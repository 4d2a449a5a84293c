/** Ends the search for a smaller counterexample before the test's own deadline, so that the seed is always told. */
const LONGEST_SEARCH_MS = 40_000

/** Options of a property that needs a server: so many runs. */
export function runs(numRuns: number) {
  return { numRuns, interruptAfterTimeLimit: LONGEST_SEARCH_MS }
}
