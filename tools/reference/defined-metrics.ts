import type { Registry } from 'prom-client'

/** As prom-client keeps it; its types do not say so. */
export interface DefinedMetric {
  readonly name: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** Every metric of a registry, whether it has a series yet or not. */
export function definedMetrics(registry: Registry): readonly DefinedMetric[] {
  return registry.getMetricsAsArray() as unknown as readonly DefinedMetric[]
}
