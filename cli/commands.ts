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
    summary: 'Check pipeline files and list their problems',
    load: () => import('./commands/validate.ts'),
  },
  { name: 'demo', summary: 'Play an example on this machine', load: () => import('./commands/demo.ts') },
  { name: 'up', summary: 'Run a pipeline on this machine', load: () => import('./commands/up.ts') },
  {
    name: 'publish',
    summary: "Send events to a pipeline's streams",
    load: () => import('./commands/publish.ts'),
  },
  {
    name: 'aggregate',
    summary: 'Write daily rows and prove the live ones',
    load: () => import('./commands/aggregate.ts'),
  },
  { name: 'status', summary: 'Show how a pipeline is doing', load: () => import('./commands/status.ts') },
  { name: 'top', summary: 'Watch a pipeline at work', load: () => import('./commands/top.ts') },
  {
    name: 'explain',
    summary: 'Say why a pipeline has as many workers as it has',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'composite',
    summary: 'Show the score of all entities together, or calculate it now',
    load: () => import('./commands/composite.ts'),
  },
  {
    name: 'dead-letters',
    summary: 'List, show and replay entries set aside',
    load: () => import('./commands/dead-letters.ts'),
  },
  {
    name: 'backfill',
    summary: 'Read entries again that streams still hold',
    load: () => import('./commands/backfill.ts'),
  },
  {
    name: 'replay',
    summary: 'Publish dead letters to their streams again',
    load: () => import('./commands/replay.ts'),
  },
  { name: 'migrate', summary: "Bring a pipeline's database up to date", load: () => import('./commands/migrate.ts') },
  { name: 'render', summary: 'Print what would run for a pipeline', load: () => import('./commands/render.ts') },
]
