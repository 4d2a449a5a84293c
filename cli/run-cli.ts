import { Command, CommanderError } from 'commander'
import { ConfigurationError } from '../adapters/process/run-process.ts'
import packageJson from '../package.json' with { type: 'json' }
import { COMMANDS, type CommandEntry } from './commands.ts'
import { describeError } from './describe-error.ts'
import { ExitWith } from './exit-with.ts'
import type { Terminal } from './terminal.ts'

/** 0: done. 1: it failed. 2: wrong usage, or an invalid pipeline file. Others: as the command says. */
export type ExitCode = number

export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const program = await createProgram(args, terminal)
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof ExitWith) return error.code
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2 // it has told the user
    terminal.complain(`${describeError(error)}\n`)
    return error instanceof ConfigurationError ? 2 : 1
  }
}

async function createProgram(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('mp')
    .description('Live, exact metrics over event streams: runs, feeds and inspects a MetricsPipeline.')
    .version(packageJson.version, '--version', 'Print the version')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .addHelpText('after', "\nUse 'mp <command> --help' for more about a command.")
    .showHelpAfterError("See 'mp --help' for usage.")
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.complain })
    .exitOverride()
  for (const entry of COMMANDS) program.addCommand(await createEntry(entry, args, terminal, program))
  return program
}

/** Commands that the arguments do not name are only listed. */
async function createEntry(
  { name, summary, load }: CommandEntry,
  args: readonly string[],
  terminal: Terminal,
  program: Command,
): Promise<Command> {
  const command = args.includes(name) ? (await load()).createCommand(terminal) : new Command(name)
  return withSettings(command.name(name).summary(summary), program, 'mp')
}

/** With the program's settings, and so the commands below it: they were made before it had any. */
function withSettings(command: Command, from: Command, path: string): Command {
  const name = `${path} ${command.name()}`
  command.copyInheritedSettings(from).showHelpAfterError(`See '${name} --help' for usage.`)
  for (const below of command.commands) withSettings(below, command, name)
  return command
}
