import type { MetricSetOptions } from '../metric-sets/metric-set.ts'
import { parseWholeDays } from '../time/whole-days.ts'
import type { MetricsSpec } from './spec.ts'

/** What a pipeline adds to the definition that it brings or names. Windows that are no whole days are left out: the shape is checked elsewhere. */
export function metricSetOptions({
  windows,
  windowAlignment,
  asOf,
  signals,
  tables,
  tierRules,
}: MetricsSpec): MetricSetOptions {
  return {
    windows: windows.map(parseWholeDays).filter((days) => days !== undefined),
    alignment: windowAlignment,
    asOf,
    ...(signals && { signals }),
    ...(tables && { tables }),
    ...(tierRules && { tierRules }),
  }
}
