import { readFileSync } from 'node:fs'

/** Text of a statement in `sql/`. Called while modules load, so a missing file fails the start and not a request. */
export function loadSql(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
}
