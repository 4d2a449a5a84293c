/** A command that a page shows after `$`, and what it shows below. */
export type DocCommand = readonly [command: string, output: string]

/** Those of a `console` block, in order. */
export function commandsOf(text: string): readonly DocCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((each) => {
      const end = each.indexOf('\n')
      return [each.slice(0, end), each.slice(end + 1)] as const
    })
}
