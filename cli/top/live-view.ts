import type { Room, ScreenLine, Tone } from '../../core/top/screen.ts'

/** What is shown: a whole screen where one can be drawn, one line elsewhere. */
export interface Picture {
  readonly screen: (room: Room) => readonly ScreenLine[]
  readonly line: () => string
}

export interface ViewOptions {
  /** Takes the whole screen, and gives back what was on it. Otherwise it is drawn below what stands there. */
  readonly wholeScreen: boolean
}

const CLEAR_BELOW = '\u001b[J'
const HOME = '\u001b[H'
const OTHER_SCREEN = { enter: '\u001b[?1049h', leave: '\u001b[?1049l' }
const CURSOR = { hide: '\u001b[?25l', show: '\u001b[?25h' }
const RESET = '\u001b[0m'
const COLOURS: Readonly<Record<Tone, string>> = { plain: '', title: '\u001b[1m', bad: '\u001b[31m', dim: '\u001b[2m' }

/** As terminals are that do not say it. */
const USUAL_ROOM: Room = { columns: 120, rows: 40 }

/** Shows one picture after the other: redrawn in place on a terminal, one plain line at a time elsewhere. */
export class LiveView {
  readonly isRedrawn: boolean
  readonly #stream: NodeJS.WriteStream
  readonly #options: ViewOptions
  readonly #hasColours: boolean
  readonly #onResize = () => this.#redraw()
  readonly #onExit = () => this.close()
  readonly #onSuspend = () => this.#suspend()
  readonly #onContinue = () => this.#continue()
  #isOpen = false
  #height = 0
  #shown: Picture | undefined
  #lastLine = ''

  constructor(stream: NodeJS.WriteStream, options: ViewOptions) {
    this.#stream = stream
    this.#options = options
    this.isRedrawn = stream.isTTY && process.env['TERM'] !== 'dumb'
    this.#hasColours = this.isRedrawn && stream.hasColors()
  }

  show(picture: Picture): void {
    if (!this.isRedrawn) return this.#print(picture.line())
    this.#open()
    this.#shown = picture
    this.#draw(picture)
  }

  /** A line that stays, above what is redrawn. */
  tell(line: string): void {
    this.#stream.write(`${this.#up()}${line}\n`)
    this.#height = 0
  }

  /** Leaves what is shown where it is; what comes next begins below. */
  settle(): void {
    this.#height = 0
    this.#shown = undefined
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#stream.off('resize', this.#onResize)
    process.off('exit', this.#onExit).off('SIGTSTP', this.#onSuspend).off('SIGCONT', this.#onContinue)
    this.#give()
  }

  /** Whatever ends the process, the terminal is to be used again. */
  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#stream.on('resize', this.#onResize)
    process.on('exit', this.#onExit).on('SIGTSTP', this.#onSuspend)
    this.#take()
  }

  #take(): void {
    this.#stream.write(`${this.#options.wholeScreen ? OTHER_SCREEN.enter : ''}${CURSOR.hide}`)
  }

  #give(): void {
    this.#stream.write(`${CURSOR.show}${this.#options.wholeScreen ? OTHER_SCREEN.leave : ''}`)
  }

  /** On Ctrl-Z the shell gets the terminal. Whoever handles that signal is not stopped by it any more, but by the one that nobody handles. */
  #suspend(): void {
    this.#give()
    process.once('SIGCONT', this.#onContinue)
    process.kill(process.pid, 'SIGSTOP')
  }

  /** The shell has written meanwhile. */
  #continue(): void {
    this.#take()
    this.#redraw()
  }

  /** Lines that were drawn wider than the terminal is now are broken by it, so that nobody knows how many there are. */
  #redraw(): void {
    if (this.#shown === undefined) return
    if (!this.#options.wholeScreen) this.#height = 0
    this.#draw(this.#shown)
  }

  #draw(picture: Picture): void {
    const lines = picture.screen(this.#room).map((line) => this.#coloured(line))
    this.#stream.write(`${this.#up()}${lines.join('\n')}${this.#options.wholeScreen ? '' : '\n'}`)
    this.#height = lines.length
  }

  /** To where drawing begins, with nothing below it. */
  #up(): string {
    if (this.#isOpen && this.#options.wholeScreen) return `${HOME}${CLEAR_BELOW}`
    return this.#height === 0 ? '' : `\r\u001b[${this.#height}A${CLEAR_BELOW}`
  }

  /** Smaller than the terminal by one column and one row, so that it never scrolls or breaks a line. */
  get #room(): Room {
    const { columns = USUAL_ROOM.columns, rows = USUAL_ROOM.rows } = this.#stream
    return { columns: Math.max(1, columns - 1), rows: Math.max(1, rows - 1) }
  }

  #coloured({ text, tone }: ScreenLine): string {
    const colour = COLOURS[tone]
    return this.#hasColours && colour !== '' ? `${colour}${text}${RESET}` : text
  }

  #print(line: string): void {
    if (line !== this.#lastLine) this.#stream.write(`${line}\n`)
    this.#lastLine = line
  }
}
