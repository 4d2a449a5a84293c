import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { descendantsOf } from './process-list.ts'
import { RunningProcess } from './running-process.ts'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export interface ProgramAtTerminal {
  /** With its arguments. */
  readonly command: readonly string[]
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  readonly size: TerminalSize
}

/** A program at a terminal of its own, as `script` makes one: all that it writes there is its output. */
export class PseudoTerminal extends RunningProcess {
  readonly #type: (text: string) => void

  private constructor(child: ReturnType<typeof spawn>) {
    super(child)
    this.#type = (text) => child.stdin?.write(text)
  }

  static open({ command, folder, environment, size }: ProgramAtTerminal): PseudoTerminal {
    const line = `stty cols ${size.columns} rows ${size.rows}; exec ${command.map(quoted).join(' ')}`
    const args = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', line] : ['-qefc', line, '/dev/null']
    return new PseudoTerminal(spawn('script', args, { cwd: folder, env: environment, stdio: 'pipe' }))
  }

  /** As on a keyboard: `\x03` is Ctrl-C. */
  type(keys: string): void {
    this.#type(keys)
  }

  /** As when somebody drags the window. */
  async resize({ columns, rows }: TerminalSize): Promise<void> {
    const [program] = await descendantsOf(this.pid)
    const { stdout } = await promisify(execFile)('ps', ['-o', 'tty=', '-p', String(program?.pid)])
    const file = process.platform === 'darwin' ? '-f' : '-F'
    await promisify(execFile)('stty', [file, `/dev/${stdout.trim()}`, 'cols', String(columns), 'rows', String(rows)])
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
