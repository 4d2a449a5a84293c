import type { PipelineSignals } from '../../signals/pipeline-signals.ts'
import { type Finding, isFalse, isTrue, isUnknown } from '../finding.ts'

/** What the exporter says; nothing is known where it says nothing. */
export interface Seen {
  readonly signals: PipelineSignals | undefined
  readonly exporterTrouble: string | undefined
}

const SILENT = 'the exporter cannot be asked'

export function exporterSilence({ exporterTrouble }: Seen): Finding {
  return isUnknown('ExporterSilent', exporterTrouble === undefined ? SILENT : `${SILENT}: ${exporterTrouble}`)
}

export function metricsAvailable(seen: Seen): Finding {
  if (seen.signals !== undefined) return isTrue('Observed', 'the exporter watches the source and the database')
  return isFalse('ExporterSilent', `${exporterSilence(seen).message}; see the Deployment metrics-pipeline-exporter`)
}

/** Out of the exporter's reach is no proof that the workers cannot reach it either, hence unknown. */
export function sourceReachable(seen: Seen): Finding {
  if (seen.signals === undefined) return exporterSilence(seen)
  const { source } = seen.signals
  if ('unreachable' in source) return isUnknown('Unreachable', `Redis: ${source.unreachable}`)
  const missing = source.streams.filter(({ state }) => state !== 'ok').length
  const note = missing === 0 ? '' : `, ${missing} not there yet: the first event makes them`
  return isTrue('Reachable', `${count(source.streams.length, 'stream')}${note}`)
}

export function databaseReachable(seen: Seen): Finding {
  if (seen.signals === undefined) return exporterSilence(seen)
  const { database } = seen.signals
  if ('unreachable' in database) return isUnknown('Unreachable', `PostgreSQL: ${database.unreachable}`)
  return isTrue('Reachable', 'PostgreSQL answers')
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
