import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { createReplayCommand } from './dead-letters.ts'

const HELP = `
The same as mp dead-letters replay.

Examples:
  mp replay -f pipeline.yaml 17 18
  mp replay -f pipeline.yaml --reason unknown-event-type`

export function createCommand(terminal: Terminal): Command {
  return createReplayCommand(terminal).addHelpText('after', HELP)
}
