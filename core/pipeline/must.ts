/** Reads a text that has been checked; throws where it is not what the check lets pass. */
export function must(parse: (text: string) => number | undefined, text: string): number {
  const value = parse(text)
  if (value === undefined) throw new Error(`${JSON.stringify(text)} was not checked`)
  return value
}
