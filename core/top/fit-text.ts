/** Two columns of a terminal each: what East Asian scripts and pictures are written with. */
const WIDE =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|[\u3000-\u303f\uff01-\uff60]|\p{Emoji_Presentation}/u

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The text for a terminal: what would move its cursor or change its colours is shown as `?`, for names come from events. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, '?')
}

/** How many columns a printable text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of GRAPHEMES.segment(text)) width += columnsOf(segment)
  return width
}

/** As much of a printable text as fits. */
export function cut(text: string, columns: number): string {
  let [kept, width] = ['', 0]
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += columnsOf(segment)
    if (width > columns) return kept
    kept += segment
  }
  return kept
}

/** The text in lines of so many columns, broken between words; a word that is longer than a line is cut. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(cut(word, columns))
  }
  return lines
}

/** Filled up with blanks. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}

function columnsOf(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1
}
