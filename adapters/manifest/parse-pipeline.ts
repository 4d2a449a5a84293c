import { checkPipeline } from '../../core/pipeline/check-pipeline.ts'
import { formatPath, type Path, type PipelineProblem } from '../../core/pipeline/problem.ts'
import { type LoadedPipeline, resolvePipeline } from '../../core/pipeline/resolve-pipeline.ts'
import { KIND, type PipelineSpec } from '../../core/pipeline/spec.ts'
import { pipelineSchema, specSchema } from './pipeline-schema.ts'
import { type ShapeProblem, shapeProblems } from './shape-problems.ts'
import { readYaml, type YamlDocument } from './yaml-document.ts'

export type { LoadedPipeline }

export type ParsedPipeline = LoadedPipeline | { readonly problems: readonly string[] }

/**
 * Reads the one MetricsPipeline in a YAML or JSON text. `name` is what messages call the text: its file, usually.
 *
 * All problems come at once, in the order of their lines, each as `name:line: field: what is wrong; what to write`.
 */
export function parsePipeline(text: string, name: string): ParsedPipeline {
  const read = readYaml(text)
  if ('faults' in read) return { problems: read.faults.map(({ line, message }) => `${name}:${line}: ${message}`) }
  const document = onlyPipeline(read)
  if ('fault' in document) return { problems: [`${name}:${document.line}: ${document.fault}`] }

  const shape = shapeProblems(pipelineSchema, document.value)
  const sections = soundSections(document.value, shape)
  const found = checkPipeline(sections)
  const report = reporter(document, name)
  const problems = report([...shape, ...found.problems.filter((problem) => !isFollowOn(problem, shape))])
  return problems.length > 0
    ? { problems }
    : resolvePipeline(pipelineSchema.parse(document.value), report(found.warnings))
}

/** A file for kubectl may hold other objects too; a lone document is taken for the pipeline, whatever it calls itself. */
function onlyPipeline(
  documents: readonly YamlDocument[],
): YamlDocument | { readonly line: number; readonly fault: string } {
  const pipelines = documents.length === 1 ? documents : documents.filter(({ value }) => kindOf(value) === KIND)
  const [first, second] = pipelines
  if (second !== undefined) return { line: second.lineOf([]), fault: `a second ${KIND} begins here; keep one per file` }
  if (first !== undefined) return first
  if (documents.length === 0) return { line: 1, fault: `no ${KIND} in here, for it is empty` }
  const kinds = documents.map(({ value }) => kindOf(value) ?? 'an object without a kind')
  return { line: 1, fault: `no ${KIND} in here, only ${kinds.join(', ')}` }
}

function kindOf(value: unknown): string | undefined {
  const kind = (value as { kind?: unknown } | null)?.kind
  return typeof kind === 'string' ? kind : undefined
}

/** The sections that are right but for unknown fields, with their defaults: what checks between fields can build on. */
function soundSections(value: unknown, shape: readonly ShapeProblem[]): Partial<PipelineSpec> {
  const copy = structuredClone(value)
  for (const { path } of shape.filter(({ unknownField }) => unknownField)) removeAt(copy, path)
  const spec = at(copy, ['spec'])
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

function reporter(document: YamlDocument, name: string): (problems: readonly PipelineProblem[]) => readonly string[] {
  return (problems) =>
    problems
      .map(({ path, message }) => ({
        line: document.lineOf(path),
        text: path.length === 0 ? message : `${formatPath(path)}: ${message}`,
      }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, text }) => `${name}:${line}: ${text}`)
}
