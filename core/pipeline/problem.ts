export type Path = readonly (string | number)[]

/** One thing in a pipeline that must be changed, and how. */
export interface PipelineProblem {
  readonly path: Path
  readonly message: string
}

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** A path as people write it: `spec.metrics.windows[0]`, `spec.metrics.tables["a.b"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    if (!PLAIN_KEY.test(part)) return `${text}[${JSON.stringify(part)}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}
