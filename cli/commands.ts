import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** A command is loaded when it is called, so that none pays for what the others import. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<{ readonly createCommand: (terminal: Terminal) => Command }>
}

/** In the order in which help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'validate',
    summary: 'Check pipeline files and list every problem',
    load: () => import('./commands/validate.ts'),
  },
  { name: 'render', summary: 'Print what would run for a pipeline', load: () => import('./commands/render.ts') },
]
