import { checkPipeline } from '../../core/pipeline/check-pipeline.ts'
import { formatPath, type Path, type PipelineProblem } from '../../core/pipeline/problem.ts'
import type { MetricsPipeline, PipelineSpec } from '../../core/pipeline/spec.ts'
import { pipelineSchema, specSchema } from './pipeline-schema.ts'
import { type ShapeProblem, shapeProblems } from './shape-problems.ts'

export type JudgedPipeline =
  | { readonly problems: readonly PipelineProblem[] }
  | { readonly pipeline: MetricsPipeline; readonly warnings: readonly PipelineProblem[] }

/**
 * What a value without nulls comes to: a pipeline with every default filled in, or everything that must be changed before it is one. What a
 * cluster says about an object, its status, is left out of account. `furtherCheck` is given the sections that are right by themselves.
 */
export function judgePipeline(
  value: unknown,
  furtherCheck: (sections: Partial<PipelineSpec>) => readonly PipelineProblem[] = () => [],
): JudgedPipeline {
  const object = withoutStatus(value)
  const shape = shapeProblems(pipelineSchema, object)
  const sections = soundSections(object, shape)
  const { problems: found, warnings } = checkPipeline(sections)
  const between = [...found, ...furtherCheck(sections)].filter((problem) => !isFollowOn(problem, shape))
  const problems = [...shape, ...between]
  return problems.length > 0 ? { problems } : { pipeline: pipelineSchema.parse(object), warnings }
}

function withoutStatus(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'status'))
}

/** The sections that are right but for unknown fields, with their defaults: what checks between fields can build on. */
function soundSections(value: unknown, shape: readonly ShapeProblem[]): Partial<PipelineSpec> {
  const copy = structuredClone(value)
  for (const { path } of shape.filter(({ unknownField }) => unknownField)) removeAt(copy, path)
  const spec = at(copy, ['spec'])
  if (typeof spec !== 'object' || spec === null) return {}
  const sections = Object.entries(specSchema.shape).map(([name, section]) => [
    name,
    section.safeParse(at(spec, [name])).data,
  ])
  return Object.fromEntries(sections.filter(([, section]) => section !== undefined))
}

function removeAt(value: unknown, path: Path): void {
  const parent = at(value, path.slice(0, -1))
  if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, path.at(-1) ?? '')
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<string, unknown> | undefined)?.[part], value)
}

/** Beside an unknown field it may be only the default of a mistyped one that disagrees, or its absence that is noticed. */
function isFollowOn({ path }: PipelineProblem, shape: readonly ShapeProblem[]): boolean {
  const around = [formatPath(path), formatPath(path.slice(0, -1))]
  return shape.some((problem) => problem.unknownField && around.includes(formatPath(problem.path.slice(0, -1))))
}
