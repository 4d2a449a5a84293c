import type { Argument, Command, Option } from 'commander'
import { COMMANDS } from '../../cli/commands.ts'
import type { Terminal } from '../../cli/terminal.ts'
import { code, table } from './markdown.ts'
import { notice, type Page } from './page.ts'

const INTRODUCTION = `# mp

${notice('cli/commands/')}

The command line. In a clone it is \`npx mp\`, after \`make setup\`. \`mp <command> --help\` prints what stands here, \`mp --version\` the version.

Where a command needs the database or the streams, it takes them from \`DATABASE_URL\` and \`REDIS_URL\`, or else from what \`mp up\` has started
in the same folder. Results go to standard output; warnings, progress and logs go to standard error.

| Exit code | Means |
| --- | --- |
| 0 | Done. For \`mp aggregate\`: every entity succeeded, and every live row equals its recomputation. |
| 1 | It failed, or a part of it did: some lines were not published, some entities not aggregated, a row is not what it should be. |
| 2 | Wrong usage, or a mistake in the pipeline file or in the environment. |
| 3 | A newer revision of the pipeline is in force than the file describes (\`mp aggregate\` and the processes). |
| 130 | It was stopped before the end. \`mp aggregate\` goes on from there when it is run again. |`

const NO_TERMINAL: Terminal = { input: (async function* () {})(), write: () => undefined, complain: () => undefined }

export const commandLinePage: Page = { name: 'cli.md', write: pageText }

async function pageText(): Promise<string> {
  const sections = await Promise.all(
    COMMANDS.map(async ({ name, load }) => commandSections((await load()).createCommand(NO_TERMINAL), `mp ${name}`, 2)),
  )
  return `${[INTRODUCTION, ...sections.flat()].join('\n\n')}\n`
}

/** The command's own section, then those of the commands inside it. */
function commandSections(command: Command, path: string, level: number): readonly string[] {
  const parts = [
    `${'#'.repeat(level)} ${path}`,
    command.description(),
    ...(command.commands.length > 0 ? [] : [usage(command, path)]),
    ...argumentTable(command.registeredArguments),
    ...optionTable(command.options),
    ...notesOf(command),
  ]
  return [
    parts.join('\n\n'),
    ...command.commands.flatMap((each) => commandSections(each, `${path} ${each.name()}`, level + 1)),
  ]
}

function usage(command: Command, path: string): string {
  return `\`\`\`sh\n${path} ${command.usage()}\n\`\`\``
}

/** An argument that is there only to be parsed again has no description. */
function argumentTable(given: readonly Argument[]): readonly string[] {
  const described = given.filter((argument) => argument.description !== '')
  if (described.length === 0) return []
  const rows = described.map((argument) => [
    code(argument.name()),
    argument.required ? 'required' : defaultText(argument.defaultValue),
    argument.description,
  ])
  return [table(['Argument', 'Default', 'Description'], rows)]
}

function optionTable(options: readonly Option[]): readonly string[] {
  if (options.length === 0) return []
  const rows = options.map((option) => [
    code(option.flags),
    option.envVar === undefined ? '' : code(option.envVar),
    option.mandatory ? 'required' : defaultText(option.defaultValueDescription ?? option.defaultValue),
    option.argChoices === undefined ? option.description : `${option.description}: ${option.argChoices.join(', ')}`,
  ])
  return [table(['Option', 'Variable', 'Default', 'Description'], rows)]
}

function defaultText(value: unknown): string {
  return value === undefined ? '' : code(value)
}

/** What a command's help says after its options: sentences, then examples. */
function notesOf(command: Command): readonly string[] {
  let text = ''
  command.configureOutput({ writeOut: (each) => (text += each) }).outputHelp()
  const after = text.slice(command.helpInformation().length).trim()
  if (after === '') return []
  const [sentences = '', examples] = after.split(/^Examples:\n/m)
  return [
    ...(sentences.trim() === '' ? [] : [sentences.trim()]),
    ...(examples === undefined ? [] : [`\`\`\`sh\n${examples.replaceAll(/^ {2}/gm, '').trimEnd()}\n\`\`\``]),
  ]
}
