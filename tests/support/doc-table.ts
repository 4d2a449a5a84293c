import { readFileSync } from 'node:fs'

/** The rows of a page's table whose header begins with these cells. */
export function docTable(path: string, ...header: readonly string[]): readonly (readonly string[])[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  const begin = lines.findIndex((line) => header.every((cell, i) => cellsOf(line)[i] === cell))
  if (begin === -1) throw new Error(`${path} has no table ${header.join(', ')}`)
  const rows = lines.slice(begin + 2)
  return rows.slice(0, rows.indexOf('')).map(cellsOf)
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
