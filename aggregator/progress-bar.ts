const WIDTH = 30

/** A progress bar on a terminal's error stream; nothing anywhere else. */
export function createProgressBar(
  stream: NodeJS.WriteStream,
  entities: string,
): (done: number, total: number | undefined) => void {
  if (!stream.isTTY) return () => undefined
  return (done, total) => {
    const filled = total === undefined || total === 0 ? WIDTH : Math.round((done / total) * WIDTH)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
    stream.write(`\r${bar} ${done}${total === undefined ? '' : `/${total}`} ${entities}${done === total ? '\n' : ''}`)
  }
}
