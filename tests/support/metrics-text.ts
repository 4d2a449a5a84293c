/** A sample of the Prometheus text format: its name with labels in alphabetical order, `a_total{b="c"}`, and its value. */
export type Samples = ReadonlyMap<string, number>

export interface MetricsText {
  readonly samples: Samples
  /** `counter`, `gauge`, `histogram` by the family's name. */
  readonly types: ReadonlyMap<string, string>
  readonly help: ReadonlyMap<string, string>
}

const COMMENT = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy

/** Reads what a process exposes. Throws, naming the line, where it is no Prometheus text. */
export function parseMetricsText(text: string): MetricsText {
  const parsed = {
    samples: new Map<string, number>(),
    types: new Map<string, string>(),
    help: new Map<string, string>(),
  }
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = COMMENT.exec(line)
    const sample = SAMPLE.exec(line)
    if (comment !== null) parsed[comment[1] === 'HELP' ? 'help' : 'types'].set(comment[2] ?? '', comment[3] ?? '')
    else if (sample === null) throw new Error(`no line of the Prometheus text format: ${line}`)
    else parsed.samples.set(`${sample[1]}${labelsOf(sample[2], line)}`, numberOf(sample[3] ?? '', line))
  }
  return parsed
}

function labelsOf(text: string | undefined, line: string): string {
  if (text === undefined) return ''
  const labels = [...text.matchAll(LABEL)]
  if (labels.map((label) => label[0]).join('') !== text)
    throw new Error(`no labels of the Prometheus text format: ${line}`)
  const sorted = labels.map(([, name, value]) => `${name}="${value}"`).sort()
  return `{${sorted.join(',')}}`
}

function numberOf(text: string, line: string): number {
  const value = Number(text.replace('Inf', 'Infinity'))
  if (Number.isNaN(value) && text.toLowerCase() !== 'nan') throw new Error(`no number: ${line}`)
  return value
}
