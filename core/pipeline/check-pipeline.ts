import { checkDefinition } from '../metric-sets/check-definition.ts'
import { parseDurationMs } from '../time/duration.ts'
import { checkComposite } from './check-composite.ts'
import { checkEnvironment, checkResources } from './check-pods.ts'
import { fewestConnections, fewestWorkers } from './connection-budget.ts'
import { definitionOf } from './definition-of.ts'
import { unreachableEvents } from './event-sources.ts'
import { locatePath } from './locate-path.ts'
import { metricSetOptions } from './metric-set-options.ts'
import type { Path, PipelineProblem } from './problem.ts'
import type { DatabaseSpec, MetricsSpec, PipelineSpec, ScalingSpec, SourceSpec, WorkersSpec } from './spec.ts'

export interface PipelineFindings {
  readonly problems: readonly PipelineProblem[]
  /** Legal, but probably not what was meant. */
  readonly warnings: readonly PipelineProblem[]
}

/**
 * What is wrong between fields that are right each by itself. A section that is missing is one that has faults of its own; checks that
 * need it are left out.
 */
export function checkPipeline({
  source,
  database,
  metrics,
  composite,
  workers,
  aggregation,
}: Partial<PipelineSpec>): PipelineFindings {
  const problems = [
    ...(source === undefined ? [] : checkStreams(source)),
    ...(metrics === undefined ? [] : checkMetrics(metrics)),
    ...(composite === undefined ? [] : checkComposite(composite, metrics)),
    ...(database && workers && aggregation ? checkConnections({ database, workers, aggregation }) : []),
    ...(workers === undefined ? [] : checkWorkers(workers)),
    ...(aggregation === undefined ? [] : checkResources(aggregation.resources, ['spec', 'aggregation', 'resources'])),
  ]
  if (source === undefined || metrics === undefined) return { problems, warnings: [] }
  const reachable = checkReachable(source, metrics)
  return { problems: [...problems, ...reachable.problems], warnings: reachable.warnings }
}

const STREAMS = ['spec', 'source', 'redisStreams', 'streams'] as const

function checkStreams({ redisStreams: { streams, sharded } }: SourceSpec): PipelineProblem[] {
  if (streams !== undefined && sharded !== undefined)
    return [{ path: STREAMS, message: 'a source has either streams or sharded; remove one' }]
  if (streams === undefined && sharded === undefined)
    return [{ path: STREAMS.slice(0, -1), message: 'nothing says what to read; write streams or sharded' }]
  return (streams ?? []).flatMap((stream, index) => {
    const first = streams?.indexOf(stream) ?? index
    if (first < index)
      return [{ path: [...STREAMS, index], message: `"${stream}" is also streams[${first}]; name each stream once` }]
    if (!stream.endsWith(':dead_letter')) return []
    return [
      {
        path: [...STREAMS, index],
        message: `"${stream}" is where refused entries go; reading it would refuse them again and again`,
      },
    ]
  })
}

function checkMetrics(metrics: MetricsSpec): PipelineProblem[] {
  return [...checkDebounce(metrics), ...checkSet(metrics)]
}

function checkDebounce({ debounce: { quiet, maxWait } }: MetricsSpec): PipelineProblem[] {
  if ((parseDurationMs(quiet) ?? 0) <= (parseDurationMs(maxWait) ?? 0)) return []
  const message = `"${quiet}" is longer than maxWait, "${maxWait}"; an entity cannot wait for a pause longer than it waits at all`
  return [{ path: ['spec', 'metrics', 'debounce', 'quiet'], message }]
}

function checkSet(metrics: MetricsSpec): PipelineProblem[] {
  const path = ['spec', 'metrics'] as const
  if (metrics.set !== undefined && metrics.definition !== undefined) {
    return [{ path: [...path, 'set'], message: 'a pipeline has either a built-in set or a definition; remove one' }]
  }
  const definition = definitionOf(metrics)
  if (definition === undefined) return [{ path, message: 'nothing says what to measure; write set or definition' }]
  return checkDefinition(definition, metricSetOptions(metrics)).map((problem) => ({
    message: problem.message,
    path: [...path, ...locatePath(problem.path, metrics)],
  }))
}

function checkWorkers({ scaling, resources, env = [] }: WorkersSpec): PipelineProblem[] {
  const path = ['spec', 'workers'] as const
  return [
    ...checkScaling(scaling, [...path, 'scaling', 'minReplicas']),
    ...checkResources(resources, [...path, 'resources']),
    ...checkEnvironment(env, [...path, 'env']),
  ]
}

function checkScaling({ minReplicas, maxReplicas }: ScalingSpec, path: Path): PipelineProblem[] {
  return minReplicas <= maxReplicas
    ? []
    : [{ path, message: `${minReplicas} is more than maxReplicas, ${maxReplicas}` }]
}

function checkConnections(spec: Pick<PipelineSpec, 'database' | 'workers' | 'aggregation'>): PipelineProblem[] {
  const fewest = fewestConnections(spec)
  const { maxConnections }: DatabaseSpec = spec.database
  if (maxConnections >= fewest) return []
  const processes = `${fewestWorkers(spec)} workers and ${spec.aggregation.shards} aggregation shards`
  return [
    {
      path: ['spec', 'database', 'maxConnections'],
      message: `${maxConnections} is too few for ${processes}; write at least ${fewest}`,
    },
  ]
}

function checkReachable(source: SourceSpec, metrics: MetricsSpec): PipelineFindings {
  const definition = definitionOf(metrics)
  const { streams } = source.redisStreams
  if (definition === undefined || streams === undefined) return { problems: [], warnings: [] } // a shard brings any type
  const findings = unreachableEvents(definition, streams, metrics).map(({ name, streams, signal }) => {
    const stream = streams.length === 0 ? `a stream that ${name} claims in its streams` : streams.join(' or ')
    const absent = signal === undefined ? '' : `, or declare signals.${signal} Absent`
    const message = `no stream brings ${name}; add ${stream}, or name the table that holds it in spec.metrics.tables${absent}`
    return { fatal: signal !== undefined || metrics.definition !== undefined, problem: { path: STREAMS, message } }
  })
  return {
    problems: findings.filter(({ fatal }) => fatal).map(({ problem }) => problem),
    warnings: findings.filter(({ fatal }) => !fatal).map(({ problem }) => problem),
  }
}
