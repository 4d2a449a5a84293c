import { type ClusterRule, cel, valueIs } from './cluster-rules.ts'

/** Digits enough for every bound there is, and few enough that no sum of them leaves 64 bits. */
const PATTERN = '^([0-9]{1,10}(ms|s|m|h|d))+$'

/** CEL knows no days, so durations are added up here. */
function durationMs(text: string): string {
  const unit =
    '(p.endsWith("ms") ? 1 : p.endsWith("s") ? 1000 : p.endsWith("m") ? 60000 : p.endsWith("h") ? 3600000 : 86400000)'
  return `${text}.findAll("[0-9]+(ms|s|m|h|d)").map(p, int(p.find("[0-9]+")) * ${unit}).sum()`
}

export function isDuration(text: string): string {
  return `${text}.matches(${cel(PATTERN)})`
}

/** `test` is CEL about `ms`. What is no duration passes: it is refused as such. */
export function whereDuration(text: string, test: string): string {
  return `!${isDuration(text)} || [${durationMs(text)}].all(ms, ${test})`
}

export function durationRule(example: string): ClusterRule {
  return {
    rule: isDuration('self'),
    messageExpression: valueIs(`no duration; write one such as ${example}`),
  }
}

/** The first lasts no longer than the second, with so much added to it. */
export function noLonger(first: string, second: string, addedMs = 0): string {
  const sum = addedMs === 0 ? durationMs(first) : `${durationMs(first)} + ${addedMs}`
  return `!${isDuration(first)} || !${isDuration(second)} || ${sum} <= ${durationMs(second)}`
}

/** No two of a list last equally long. */
export function allDifferent(list: string): string {
  const ms = `${list}.filter(each, ${isDuration('each')}).map(each, ${durationMs('each')})`
  return `[${ms}].all(lengths, lengths.all(one, lengths.exists_one(other, other == one)))`
}
