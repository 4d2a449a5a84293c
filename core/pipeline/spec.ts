import type { CompositeStrategy } from '../composite/composite-settings.ts'
import type { MetricSetDefinition, Signal } from '../metric-sets/definition.ts'
import type { ShardedSource } from '../shards/shard-streams.ts'
import type { WindowAlignment } from '../time/window.ts'
import type { Placement, Resources } from './pod-settings.ts'

export const API_VERSION = 'metricspipelines.io/v1alpha1'
export const KIND = 'MetricsPipeline'

/** A duration written as in Kubernetes objects: `30s`, `1h30m`, `7d`. */
export type DurationText = string

/** What a team writes to get a pipeline, with every default filled in. Field meanings and bounds: `docs/reference/pipeline.md`. */
export interface MetricsPipeline {
  readonly apiVersion: typeof API_VERSION
  readonly kind: typeof KIND
  readonly metadata: { readonly name: string }
  readonly spec: PipelineSpec
}

export interface PipelineSpec {
  /** Workers drain and nothing is scheduled; what the streams hold stays there. */
  readonly suspend: boolean
  /** What the processes run in a cluster. Left out, the image that the operator has when the object is created. */
  readonly image?: string
  /** `Automatic`: a newer operator brings its image at once. */
  readonly upgrade: 'Manual' | 'Automatic'
  readonly source: SourceSpec
  readonly database: DatabaseSpec
  readonly metrics: MetricsSpec
  /** When the set's composite is calculated. Left out, it is not. */
  readonly composite?: CompositeSpec
  readonly workers: WorkersSpec
  readonly aggregation: AggregationSpec
  readonly telemetry: TelemetrySpec
}

export interface SourceSpec {
  readonly redisStreams: RedisStreamsSpec
}

export interface RedisStreamsSpec {
  readonly connection?: Connection
  /** With lesser rights, for the process that only watches. Left out, `connection`. */
  readonly exporterConnection?: Connection
  /** Left out, the pipeline's name: two pipelines in one group would each get a part of their streams. */
  readonly consumerGroup?: string
  /** Where a group that does not exist yet begins. */
  readonly startFrom: 'Earliest' | 'Latest'
  /** Plain streams, shared by all workers. Either these or `sharded`. */
  readonly streams?: readonly string[]
  /** N streams of the pipeline's own, each read by one worker at a time. */
  readonly sharded?: ShardedSource
  /** How long an entry may stay with a silent consumer before another one claims it. */
  readonly claimIdle: DurationText
}

/** Where a cluster keeps a connection URL. On a laptop the environment names it instead. */
export interface Connection {
  readonly secretKeyRef: { readonly name: string; readonly key: string }
}

export interface DatabaseSpec {
  readonly connection?: Connection
  /** With lesser rights, for the process that only watches. Left out, `connection`. */
  readonly exporterConnection?: Connection
  readonly schema: string
  /** For all processes of the pipeline together; `connectionBudget` divides them. */
  readonly maxConnections: number
  readonly migrate: boolean
}

export interface MetricsSpec {
  /** A built-in metric set's name. Either this or `definition`. */
  readonly set?: string
  readonly definition?: MetricSetDefinition
  readonly windows: readonly DurationText[]
  readonly windowAlignment: WindowAlignment
  /** `EventTime`: windows end at the latest event seen instead of now, for replayed history. */
  readonly asOf: 'Clock' | 'EventTime'
  readonly debounce: DebounceSpec
  readonly signals?: Readonly<Record<string, Signal>>
  /** Event type to the existing table or view that holds its facts. */
  readonly tables?: Readonly<Record<string, string>>
  readonly tierRules?: string
}

/** An entity is evaluated once it was quiet for `quiet`, and after `maxWait` even if it never is. */
export interface DebounceSpec {
  readonly quiet: DurationText
  readonly maxWait: DurationText
}

export interface CompositeSpec {
  readonly strategy: CompositeStrategy
  readonly minInterval: DurationText
  readonly maxStale: DurationText
  readonly eventThreshold: number
  /** By name, before those of the definition. */
  readonly weights?: Readonly<Record<string, number>>
  /** How many scores are kept for each scope, the one that stands among them. */
  readonly historyLimit: number
}

export interface WorkersSpec extends Placement {
  /** Of the modes External, Advisory and Off: what a scaler or a person asks for, and none is allowed. */
  readonly replicas: number
  readonly scaling: ScalingSpec
  readonly batchSize: number
  readonly resources: Resources
  readonly podAnnotations?: Readonly<Record<string, string>>
  /** Beside what the pipeline itself tells a worker. */
  readonly env?: readonly EnvironmentVariable[]
}

/** How many workers there are, and who says so. */
export interface ScalingSpec {
  /** `Internal`: the backlog. `External`: another scaler, through `replicas`. `Advisory`: as `Off`, and the status says what `Internal` would do. */
  readonly mode: ScalingMode
  readonly minReplicas: number
  readonly maxReplicas: number
  /** How old the oldest event that is not processed may become. */
  readonly targetLatency: DurationText
  /** How long there must have been nothing to do before the last worker goes. */
  readonly idleAfter: DurationText
}

export type ScalingMode = 'Internal' | 'External' | 'Advisory' | 'Off'

export interface EnvironmentVariable {
  readonly name: string
  readonly value: string
}

export interface AggregationSpec {
  readonly schedule: string
  readonly timeZone: string
  readonly shards: number
  readonly batchSize: number
  readonly maxRetries: number
  readonly retryDelay: DurationText
  readonly includeInactive: boolean
  readonly retention: DurationText
  readonly parity: { readonly sample: string }
  readonly resources: Resources
}

export interface TelemetrySpec {
  /** Whether Prometheus is told to scrape, in a cluster that has its operator. */
  readonly serviceMonitor: boolean
  readonly logLevel: LogLevel
  /** Where spans are sent. Left out, none are made. */
  readonly otlpEndpoint?: string
  readonly otlpProtocol?: OtlpProtocol
  /** Where a cluster keeps what is sent along with each request: credentials. */
  readonly otlpHeaders?: Connection
  /** Whether metrics are sent too. */
  readonly otlpMetrics?: boolean
  /** The share of traces that are recorded, of those that begin here. */
  readonly traceSampling?: string
}

export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
