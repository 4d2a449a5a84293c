const WIDTH = 30

export interface ProgressBar {
  /** `total` is undefined where nobody knows it. */
  show(done: number, total: number | undefined): void
  /** Leaves what was shown on a line of its own. */
  end(): void
}

export const NO_PROGRESS_BAR: ProgressBar = { show: () => undefined, end: () => undefined }

/** A progress bar on a terminal's error stream; nothing anywhere else. */
export function createProgressBar(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>, entities: string): ProgressBar {
  if (!stream.isTTY) return NO_PROGRESS_BAR
  let shown = false
  return {
    show: (done, total) => {
      shown = true
      stream.write(`\r${total === undefined ? done : `${bar(done, total)} ${done}/${total}`} ${entities}`)
    },
    end: () => {
      if (shown) stream.write('\n')
      shown = false
    },
  }
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH)
  return '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
}
