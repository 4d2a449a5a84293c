import type { z } from 'zod'
import type { Path, PipelineProblem } from '../../core/pipeline/problem.ts'
import { describeIssue } from './describe-issue.ts'

type Issue = z.core.$ZodIssue

export interface ShapeProblem extends PipelineProblem {
  /** The field itself is unknown here, whatever its value. */
  readonly unknownField: boolean
}

/** Everything in which a value differs from its schema's shape, each with what to write instead. */
export function shapeProblems(schema: z.ZodType, value: unknown): readonly ShapeProblem[] {
  const { error } = schema.safeParse(value, { error: describeIssue, reportInput: true })
  return (error?.issues ?? []).flatMap((issue) => problemsOf(issue, []))
}

function problemsOf(issue: Issue, prefix: Path): ShapeProblem[] {
  const path = [...prefix, ...(issue.path as Path)]
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      message: messages[index] ?? '',
      unknownField: true,
    }))
  }
  const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined
  if (branch !== undefined) return branch.flatMap((inner) => problemsOf(inner, path))
  return [{ path, message: issue.message, unknownField: false }]
}

/** The branch of a union that was most likely meant: the one that differs least at its own level; undefined when that is a tie. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const [best, second] = branches
    .map((issues) => ({ issues, distance: distance(issues) }))
    .sort((a, b) => a.distance - b.distance)
  if (best === undefined || best.distance >= WRONG_KIND) return undefined
  if (best.distance === second?.distance && best.distance > 0) return undefined
  return best.issues
}

const WRONG_KIND = 1_000

/** How many fields are missing or unknown at the top; faults further down say nothing against a branch. */
function distance(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + weight(issue), 0)
}

function weight(issue: Issue): number {
  if (issue.path.length === 0) return issue.code === 'unrecognized_keys' ? issue.keys.length : WRONG_KIND
  return issue.path.length === 1 && (issue.input === undefined || issue.code === 'invalid_key') ? 1 : 0
}
