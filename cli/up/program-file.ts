import { fileURLToPath } from 'node:url'

export type ProgramName = 'cli' | 'worker' | 'aggregator'

const BUNDLES: Readonly<Record<ProgramName, string>> = { cli: 'mp', worker: 'worker', aggregator: 'aggregator' }

/** The file that runs a program: its source in a checkout, its bundle beside this one in the package that npm installs. */
export function programFile(program: ProgramName): string {
  const isSource = import.meta.url.endsWith('.ts')
  return fileURLToPath(new URL(isSource ? `../../${program}/main.ts` : `./${BUNDLES[program]}.mjs`, import.meta.url))
}
