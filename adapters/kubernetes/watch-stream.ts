import type { KubernetesObject } from '../../core/operator/kubernetes-object.ts'
import { BrokenWatchError, errorOfStatus, KubernetesError, type RequestName, type Status } from './kubernetes-error.ts'
import { ingest, type ResourceKind } from './kubernetes-object.ts'

export interface WatchChange {
  /** Of a bookmark the object has nothing but a `resourceVersion`. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubernetesObject
}

const SILENCE = new Error('nothing has come')

/** What a line says. */
type Line = WatchChange | { readonly type: 'ERROR'; readonly object: Status }

/**
 * The changes in the body of a watch, which `end` closes. Ends when nothing has come for `silenceMs`: perhaps there was nothing, perhaps the
 * way is lost. Half a line, and a line that is no change, are failures.
 */
export async function* readWatch(
  kind: ResourceKind,
  request: RequestName,
  body: AsyncIterable<Uint8Array>,
  silenceMs: number,
  end: AbortController,
): AsyncGenerator<WatchChange> {
  const silence = setTimeout(() => end.abort(SILENCE), silenceMs)
  try {
    for await (const line of linesOf(body, () => silence.refresh())) yield changeOf(kind, request, line)
  } catch (error) {
    if (error instanceof KubernetesError) throw error
    if (end.signal.reason === SILENCE) return
    throw new BrokenWatchError(request, (error as Error).message, { cause: error })
  } finally {
    clearTimeout(silence)
    end.abort() // the reader may have had enough
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    onBytes()
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
  if (rest !== '') throw new Error('cut off within a line')
}

function changeOf(kind: ResourceKind, request: RequestName, line: string): WatchChange {
  const { type, object } = parseLine(line)
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type, object: ingest(kind, object) }
    case 'ERROR':
      throw errorOfStatus(request, object.code ?? 500, object)
    default:
      throw new Error('a line is no change')
  }
}

/** What the line holds is not repeated: it may be part of a Secret. */
function parseLine(line: string): Line {
  try {
    return JSON.parse(line) as Line
  } catch {
    throw new Error('a line is no JSON')
  }
}
