const WIDTH = 30

export interface ProgressBar {
  /** `total` is undefined where nobody knows it; each stage of the work has a line of its own. */
  show(done: number, total: number | undefined, stage?: string): void
  /** Leaves what was shown on a line of its own. */
  end(): void
}

export const NO_PROGRESS_BAR: ProgressBar = { show: () => undefined, end: () => undefined }

/** A progress bar on a terminal's error stream; nothing anywhere else. */
export function createProgressBar(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>, entities: string): ProgressBar {
  if (!stream.isTTY) return NO_PROGRESS_BAR
  let shown: string | undefined
  const end = () => {
    if (shown !== undefined) stream.write('\n')
    shown = undefined
  }
  return {
    show: (done, total, stage = '') => {
      if (stage !== shown) end()
      shown = stage
      const far = total === undefined ? `${done}` : `${bar(done, total)} ${done}/${total}`
      stream.write(`\r${[far, entities, stage].join(' ').trimEnd()}`)
    },
    end,
  }
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH)
  return '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
}
