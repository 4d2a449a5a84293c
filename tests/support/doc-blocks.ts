import { readFileSync } from 'node:fs'

/** A fenced block of a page in docs/. */
export interface DocBlock {
  readonly language: string
  readonly text: string
  /** The file that the block is the content of: a line before it holds that name in backticks and nothing else. */
  readonly file: string | undefined
}

const FENCED = /(?:^`(?<file>[^`\n]+)`\n\n)?^```(?<language>\w+)\n(?<text>.*?)^```$/gms

/** The fenced blocks of a page, in order. Those without a language are left out. */
export function docBlocks(path: string): readonly DocBlock[] {
  return [...readFileSync(path, 'utf8').matchAll(FENCED)].map(({ groups }) => ({
    language: groups?.['language'] ?? '',
    text: groups?.['text'] ?? '',
    file: groups?.['file'],
  }))
}
