import { cut, padEnd, printable, widthOf, wrap } from './fit-text.ts'

/** A line of a screen, and how it is to be read. */
export interface ScreenLine {
  readonly text: string
  readonly tone: Tone
}

/** `bad`: somebody has to look. `dim`: known less well than one would like. */
export type Tone = 'plain' | 'title' | 'bad' | 'dim'

export interface Room {
  readonly columns: number
  readonly rows: number
}

/** A part of a screen: figures with their names, a table, or text. */
export type Block =
  | { readonly figures: readonly Figure[] }
  | { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly text: string; readonly tone: Tone }

export interface Figure {
  readonly name: string
  readonly value: string
  readonly tone?: Tone
}

const GAP = '   '

/** Blocks below each other with an empty line between them, no wider than the room. Tables are cut where there is no room for all of their rows. */
export function layOut(blocks: readonly Block[], room: Room): readonly ScreenLine[] {
  const shown = blocks.filter(hasSomething)
  const least = shown.map((block) => linesOf(block, room.columns, LEAST_ROWS).length)
  const needed = least.reduce((sum, each) => sum + each, 0) + Math.max(0, shown.length - 1)
  let spare = Math.max(0, room.rows - needed)
  const lines: ScreenLine[] = []
  for (const [index, block] of shown.entries()) {
    const part = linesOf(block, room.columns, LEAST_ROWS + spare)
    spare -= part.length - (least[index] ?? 0)
    if (index > 0) lines.push(EMPTY)
    lines.push(...part)
  }
  return lines.slice(0, room.rows)
}

const EMPTY: ScreenLine = { text: '', tone: 'plain' }

/** Of a table, when others want the room too. */
const LEAST_ROWS = 3

function hasSomething(block: Block): boolean {
  if ('figures' in block) return block.figures.length > 0
  return 'head' in block ? block.rows.length > 0 : block.text !== ''
}

function linesOf(block: Block, columns: number, rows: number): readonly ScreenLine[] {
  if ('figures' in block) return figureLines(block.figures, columns)
  if ('head' in block) return tableLines(block.head, block.rows, columns, rows)
  return wrap(printable(block.text), columns).map((text) => ({ text, tone: block.tone }))
}

/** Values of one column; what is too long goes on below. */
function figureLines(figures: readonly Figure[], columns: number): readonly ScreenLine[] {
  const width = Math.max(...figures.map(({ name }) => name.length)) + GAP.length
  return figures.flatMap(({ name, value, tone = 'plain' }) =>
    wrap(printable(value), Math.max(1, columns - width)).map((text, index) => ({
      text: cut(`${(index === 0 ? name : '').padEnd(width)}${text}`, columns).trimEnd(),
      tone,
    })),
  )
}

function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  most: number,
): readonly ScreenLine[] {
  const fits = rows.length <= most
  const shown = (fits ? rows : rows.slice(0, Math.max(1, most - 1))).map((row) => row.map(printable))
  const widths = head.map((title, column) => Math.max(title.length, ...shown.map((row) => widthOf(row[column] ?? ''))))
  const line = (cells: readonly string[]) =>
    cut(cells.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join(GAP), columns).trimEnd()
  return [
    { text: line(head), tone: 'title' },
    ...shown.map((row) => ({ text: line(row), tone: 'plain' as const })),
    ...(fits ? [] : [{ text: cut(`and ${rows.length - shown.length} more`, columns), tone: 'dim' as const }]),
  ]
}
