import { readFileSync } from 'node:fs'

/** Text of a script in `lua/`. Called while modules load, so a missing file fails the start and not a request. */
export function loadLua(name: string): string {
  return readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8')
}
