/** A traceparent whose last flag is set. Nobody escapes digits and dashes, and who does is not followed. */
const RECORDED = /"traceparent"\s*:\s*"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf]["-]/

/** Whether a JSON text is worth parsing for the span that it names: at low sampling next to none is, and every event would be parsed twice. */
export function mayNameRecordedSpan(json: string): boolean {
  return RECORDED.test(json)
}
