import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLParseError,
} from 'yaml'
import type { Path } from '../../core/pipeline/problem.ts'
import { withoutNulls } from './without-nulls.ts'

export interface YamlDocument {
  /** Plain data. A field without a value is left out, as Kubernetes does. */
  readonly value: unknown
  /** Line, from 1, of what stands at a path, or of the nearest field around it. */
  readonly lineOf: (path: Path) => number
  /** Bare words that are text here and true or false to kubectl, which reads YAML 1.1. */
  readonly ambiguous: readonly { readonly line: number; readonly word: string }[]
}

export interface YamlFault {
  readonly line: number
  readonly message: string
}

/** Reads a text of one or several YAML documents (JSON is one); empty documents do not count. */
export function readYaml(text: string): readonly YamlDocument[] | { readonly faults: readonly YamlFault[] } {
  const lines = new LineCounter()
  const documents = [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })]
  const faults = documents
    .flatMap((document) => [...document.errors.map((error) => syntaxFault(error, text)), ...danglingAliases(document)])
    .map(({ offset, message }) => ({ line: lines.linePos(offset).line, message }))
  if (faults.length > 0) return { faults }
  try {
    return documents
      .filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null))
      .map((document) => ({
        value: withoutNulls(document.toJS()),
        lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
        ambiguous: ambiguousWords(document).map(({ offset, word }) => ({ line: lines.linePos(offset).line, word })),
      }))
  } catch (error) {
    return { faults: [{ line: 1, message: (error as Error).message }] } // aliases that multiply without end
  }
}

interface FaultAt {
  readonly offset: number
  readonly message: string
}

function syntaxFault({ code, pos: [offset], message }: YAMLParseError, text: string): FaultAt {
  if (code !== 'DUPLICATE_KEY') return { offset, message }
  const key = /^[^:\n]*/.exec(text.slice(offset))?.[0].trim()
  return { offset, message: `${key} is written twice in one object; keep one of them` }
}

function danglingAliases(document: Document): readonly FaultAt[] {
  const faults: FaultAt[] = []
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return
      faults.push({
        offset: startOf(alias) ?? 0,
        message: `*${alias.source} stands for nothing; write &${alias.source} before what it is to repeat, further up`,
      })
    },
  })
  return faults
}

const BOOLEAN_ELSEWHERE = /^(?:yes|no|on|off)$/i

function ambiguousWords(document: Document): readonly { readonly offset: number; readonly word: string }[] {
  const words: { offset: number; word: string }[] = []
  visit(document, {
    Scalar(key, scalar) {
      const { type, value } = scalar
      if (key === 'key' || type !== 'PLAIN' || typeof value !== 'string' || !BOOLEAN_ELSEWHERE.test(value)) return
      words.push({ offset: startOf(scalar) ?? 0, word: value })
    },
  })
  return words
}

function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const part of path) {
    const step = stepInto(isAlias(node) ? node.resolve(document) : node, part)
    if (step === undefined) break
    offset = startOf(step.from) ?? offset
    node = step.to
  }
  return offset
}

function stepInto(node: unknown, part: string | number): { readonly from: unknown; readonly to: unknown } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(part)]
    return item === undefined ? undefined : { from: item, to: item }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }: Pair) => String(isScalar(key) ? key.value : key) === String(part))
  return pair === undefined ? undefined : { from: pair.key, to: pair.value }
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}
