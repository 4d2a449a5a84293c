import type { SetComposite, SetGroup } from '../metric-sets/metric-set.ts'

/** All entities together. */
export const PIPELINE_SCOPE = 'pipeline'

/** Entities that have a score of their own: all that have this value. */
export interface GroupScope {
  readonly group: SetGroup
  readonly value: string
}

/** Everything that has a score of its own: `pipeline`, and `<group>=<value>` for each value of each group. */
export function scopesOf({ groups }: SetComposite): readonly string[] {
  return [PIPELINE_SCOPE, ...groups.flatMap(({ name, values }) => values.map((value) => `${name}=${value}`))]
}

/** The group behind a scope; undefined for the whole pipeline. Throws for what is no scope of this composite. */
export function groupOf({ groups }: SetComposite, scope: string): GroupScope | undefined {
  if (scope === PIPELINE_SCOPE) return undefined
  const end = scope.indexOf('=')
  const group = groups.find(({ name }) => name === scope.slice(0, end))
  const value = scope.slice(end + 1)
  if (group?.values.includes(value) !== true) throw new Error(`the composite has no scope ${scope}`)
  return { group, value }
}
