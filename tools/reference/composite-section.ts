import type { CompositeDefinition, CompositeInput, CompositeTerm } from '../../core/metric-sets/definition.ts'
import { code, table } from './markdown.ts'

/** What a set's composite is made of, and by which numbers. */
export function compositeSection(composite: CompositeDefinition): readonly string[] {
  const { name, description, over, window, inputs, weights, sample, groups = {} } = composite
  return [
    `## Composite: ${name}`,
    `${description === undefined ? '' : `${description}. `}Calculated for pipelines that have \`spec.composite\`, ${SOURCES[over]}, over ` +
      `${window === undefined ? "the shortest of the pipeline's windows" : code(window)}:`,
    formulaText(composite),
    `${boundsText(composite)} It is null where one of its inputs is, and where ${code(sample)} is 0, which is the size of its sample.`,
    table(
      ['Input', 'Is', 'Null when', 'Description'],
      Object.entries(inputs).map(([input, each]) => [
        code(input),
        inputText(each),
        'value' in each ? 'never' : `${code(divisorOf(each))} is 0`,
        each.description ?? '',
      ]),
    ),
    'Weights, which a pipeline may set under `spec.composite.weights`:',
    table(
      ['Weight', 'Is'],
      Object.entries(weights).map(([weight, value]) => [code(weight), String(value)]),
    ),
    ...(Object.keys(groups).length === 0 ? [] : [groupTable(groups)]),
  ]
}

const SOURCES = { Facts: 'from the facts', Rows: 'from the stored rows' } as const

/** `50 × base + ...`, with the names of weights and inputs. */
function formulaText({ score }: CompositeDefinition): string {
  const [first, ...others] = score
  const text = others.reduce(
    (sum, term) => `${sum} ${'plus' in term ? '+' : '−'} ${termText(term)}`,
    first === undefined ? '' : `${'plus' in first ? '' : '−'}${termText(first)}`,
  )
  return ['```text', text, '```'].join('\n')
}

/** An input and its weight may have one name, so a weight says that it is one. */
function termText(term: CompositeTerm): string {
  const weight = `weight(${'plus' in term ? term.plus : term.minus})`
  return term.times === undefined ? weight : `${weight} × ${term.times}`
}

function boundsText({ minimum, maximum, decimals }: CompositeDefinition): string {
  const bounds = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    `rounded once, to ${decimals} decimals`,
  ]
  return `It is ${bounds.join(', ')}.`
}

function inputText(input: CompositeInput): string {
  if ('value' in input) return code(input.value)
  if ('ratio' in input) return input.ratio.map(code).join(' / ')
  return `100 × ${input.percent.map(code).join(' / ')}`
}

function divisorOf(input: Exclude<CompositeInput, { readonly value: string }>): string {
  return 'ratio' in input ? input.ratio[1] : input.percent[1]
}

function groupTable(groups: NonNullable<CompositeDefinition['groups']>): string {
  return table(
    ['Group', 'By', 'Values'],
    Object.entries(groups).map(([name, { by, values }]) => [
      code(name),
      code(by),
      values === undefined ? 'all that the field may have' : values.map(code).join(', '),
    ]),
  )
}
