const SHOWN = new Set(['warn', 'error', 'fatal'])

/** A process's line for people, or nothing: of JSON logs only warnings and errors, in short; anything else as it is. */
export function readableLine(line: string): string | undefined {
  if (!line.startsWith('{')) return line
  try {
    const { level, msg, error, ...fields } = JSON.parse(line) as Record<string, unknown>
    if (!SHOWN.has(String(level))) return undefined
    const { time: _, component: __, consumer: ___, ...rest } = fields
    const reason = typeof error === 'object' && error !== null ? `: ${(error as { message?: string }).message}` : ''
    const details = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
    return `${String(level)}: ${String(msg)}${reason}${details}`
  } catch {
    return line // cut off in the middle, or no log line after all
  }
}
