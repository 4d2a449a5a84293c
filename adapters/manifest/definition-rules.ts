import { type ClusterRule, cel, oneOfFields, valueIs } from './cluster-rules.ts'

/** What an API server finds wrong with a metric set. Conditions, rules and tiers are judged by the operator. */

export const COUNT_OR_SUM = oneOfFields(['count', 'sum'])

export const ONE_FORMULA: readonly ClusterRule[] = [
  oneOfFields(['value', 'ratio', 'percent', 'weighted', 'coverage']),
  {
    rule: 'has(self.value) || has(self.decimals)',
    message: 'missing; write a whole number',
    fieldPath: '.decimals',
  },
  {
    rule: '!has(self.value) || !has(self.decimals)',
    message: 'unknown field beside value, which is never rounded; remove it',
    fieldPath: '.decimals',
  },
  {
    rule: '!has(self.requires) || has(self.weighted)',
    message: 'unknown field but beside weighted; remove it',
    fieldPath: '.requires',
  },
]

/** The field that plays a part in its event; one that is reached through the reference has a dot. */
export function namesField(part: string): ClusterRule {
  const name = `self.${part}`
  return {
    rule: `!has(${name}) || ${name}.contains(".") || ${name} in self.fields`,
    messageExpression: valueIs('no field of this event', name),
    fieldPath: `.${part}`,
  }
}

/** Names that are not there are told with the place they stand in, for a rule can point only to what every object has. */
export const NAMES_ARE_KNOWN: readonly ClusterRule[] = [
  ...unknownIn('accumulators', 'count', 'self.events', 'event type', '[each.count]', 'has(each.count)'),
  ...unknownIn('accumulators', 'sum', 'self.events', 'event type', '[each.sum.split(".")[0]]', 'has(each.sum)'),
  ...unknownIn('metrics', 'value', 'self.accumulators', 'accumulator', '[each.value]', 'has(each.value)'),
  ...unknownIn('metrics', 'ratio', 'self.accumulators', 'accumulator', 'each.ratio', 'has(each.ratio)'),
  ...unknownIn('metrics', 'percent', 'self.accumulators', 'accumulator', 'each.percent', 'has(each.percent)'),
]

/** Of all entries in `section` that have `field`: `names`, CEL about `each`, are keys of `known`. */
function unknownIn(
  section: string,
  field: string,
  known: string,
  kind: string,
  names: string,
  given: string,
): readonly ClusterRule[] {
  const about = (text: string) => text.replaceAll('each', `self.${section}[key]`)
  const wrong = `self.${section}.filter(key, ${about(given)} && !${about(names)}.all(name, name in ${known}))`
  const wrongName = `${wrong}.map(key, ${about(names)}.filter(name, !(name in ${known}))[0])[0]`
  return [
    {
      rule: `${wrong}.size() == 0`,
      messageExpression: `${cel(`${section}.`)} + ${wrong}[0] + ${cel(`.${field}: "`)} + ${wrongName} + ${cel(`" is no ${kind}`)}`,
    },
  ]
}
