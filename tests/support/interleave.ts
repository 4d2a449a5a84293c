import type { SteppedSession } from './stepped-session.ts'

/** Hears of every statement that was let through. */
export type AfterEach = (statement: string) => Promise<void>

/** Of so many sessions that can go on, the one that does. */
export type Pick = (choices: number) => number

/**
 * Lets sessions at work go on one statement at a time, each time the one that `pick` names, until all are over. One that waits for another's
 * lock is passed over until it has what it wants. Gives the statements in the order in which they were let through.
 */
export async function interleave(
  sessions: ReadonlyMap<string, SteppedSession>,
  pick: Pick,
  afterEach: AfterEach = async () => undefined,
): Promise<readonly string[]> {
  const passed: string[] = []
  const waiting = new Set(sessions.values()) // as far as one knows
  for (;;) {
    for (const session of waiting) if ((await session.progress()) === 'done') waiting.delete(session)
    const ready: [string, SteppedSession][] = []
    for (const [name, session] of sessions)
      if (!waiting.has(session) && (await nextToMatter(session)) !== undefined) ready.push([name, session])
    if (ready.length === 0 && waiting.size === 0) return passed
    if (ready.length === 0) continue // all wait for each other: the server is going to end one of them

    const [name, session] = ready[pick(ready.length)] as [string, SteppedSession]
    const step = await session.step()
    if (step === 'waits') waiting.add(session)
    const statement = session.passed.at(-1) as string
    passed.push(`${name}: ${statement}${step === 'waits' ? ' (waits)' : ''}`)
    await afterEach(statement)
  }
}

/** What meets nobody else's statements, as long as no revision changes. */
const ALONE = new Set(['begin', 'hold-revision'])

async function nextToMatter(session: SteppedSession): Promise<string | undefined> {
  for (;;) {
    const next = await session.next()
    if (next === undefined || !ALONE.has(next)) return next
    await session.step()
  }
}

/** Runs something once for every sequence of choices that it can be given. */
export async function forEveryChoice(run: (pick: Pick) => Promise<void>): Promise<number> {
  let runs = 0
  for (let path: number[] | undefined = []; path !== undefined; ) {
    const choices: number[] = []
    const given: readonly number[] = path
    await run((of) => {
      choices.push(of)
      return given[choices.length - 1] ?? 0
    })
    runs += 1
    path = following(given, choices)
  }
  return runs
}

/** The path after this one in lexical order, undefined after the last. */
function following(path: readonly number[], choices: readonly number[]): number[] | undefined {
  for (let i = choices.length - 1; i >= 0; i -= 1) {
    const next = (path[i] ?? 0) + 1
    if (next < (choices[i] as number))
      return [...path.slice(0, i), ...Array(Math.max(0, i - path.length)).fill(0), next]
  }
  return undefined
}
