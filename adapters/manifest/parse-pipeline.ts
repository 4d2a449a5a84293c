import { formatPath, type PipelineProblem } from '../../core/pipeline/problem.ts'
import { type LoadedPipeline, resolvePipeline } from '../../core/pipeline/resolve-pipeline.ts'
import { KIND } from '../../core/pipeline/spec.ts'
import { judgePipeline } from './judge-pipeline.ts'
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

  const judged = judgePipeline(document.value)
  const report = reporter(document, name)
  return 'problems' in judged
    ? { problems: report(judged.problems) }
    : resolvePipeline(judged.pipeline, [...report(judged.warnings), ...ambiguities(document, name)])
}

function ambiguities({ ambiguous }: YamlDocument, name: string): readonly string[] {
  return ambiguous.map(
    ({ line, word }) => `${name}:${line}: kubectl takes a bare ${word} for ${isYes(word)}; write "${word}" in quotes`,
  )
}

function isYes(word: string): boolean {
  return ['yes', 'on'].includes(word.toLowerCase())
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
