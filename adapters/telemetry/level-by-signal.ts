import type { LevelledLogger } from './create-logger.ts'

/** The first user signal is Node's own. */
const SIGNAL = 'SIGUSR2'

const MOST = 'debug'

/** From SIGUSR2 on everything is logged, and after the next one as much as before. Gives what ends this. */
export function toggleLevelBySignal(log: LevelledLogger): () => void {
  const usual = log.level
  const onSignal = () => {
    const next = log.level === MOST ? usual : MOST
    log.level = MOST // it is told either way
    log.info({ logLevel: next }, 'the log level is changed')
    log.level = next
  }
  process.on(SIGNAL, onSignal)
  return () => void process.off(SIGNAL, onSignal)
}
