/** What a field holds. `error`: what an error says of itself and its causes, see `describeError`. */
interface FieldTypes {
  readonly text: string
  readonly number: number
  readonly texts: readonly string[]
  readonly numbers: readonly number[]
  readonly counts: Readonly<Record<string, number>>
  readonly error: unknown
}

interface LogField {
  readonly type: keyof FieldTypes
  readonly meaning: string
}

/** Every field that a log line may have beside its time, level and message, and what it means wherever it stands. */
export const LOG_FIELDS = {
  component: { type: 'text', meaning: 'Which program it is: worker, aggregator, exporter, operator' },
  consumer: { type: 'text', meaning: 'Of a worker: its name, as consumer of the streams and in the list of workers' },
  pod: { type: 'text', meaning: 'Of the operator: the pod it runs in' },
  error: { type: 'error', meaning: 'What went wrong: `name`, `message`, `code`, `stack`; credentials are left out' },

  pipeline: { type: 'text', meaning: "A pipeline's name" },
  namespace: { type: 'text', meaning: 'A namespace of the cluster' },
  revision: { type: 'number', meaning: "A revision of a pipeline's definition" },
  port: { type: 'number', meaning: 'Where the process serves its probes and metrics' },
  version: { type: 'text', meaning: 'The version of the program' },
  logLevel: { type: 'text', meaning: 'The least severe lines that are written from now on' },

  stream: { type: 'text', meaning: "A stream's key" },
  event: { type: 'text', meaning: 'What happened to a stream or to the connection to it, in a word' },
  kind: { type: 'text', meaning: 'The kind of a fault of a stream, or of objects of the cluster' },
  detail: { type: 'text', meaning: 'The same in numbers' },
  shard: { type: 'number', meaning: 'A shard' },
  shards: { type: 'numbers', meaning: 'Several of them' },
  token: { type: 'text', meaning: 'The fencing token under which a shard is held' },
  position: { type: 'text', meaning: 'The last entry of a shard that is committed' },
  entries: { type: 'number', meaning: 'How many entries it is about' },
  reasons: { type: 'counts', meaning: 'How many entries became dead letters, by reason' },
  removed: { type: 'number', meaning: 'How many consumers were removed' },
  count: { type: 'number', meaning: 'How many of what the message names' },

  entity: { type: 'text', meaning: 'An entity' },
  entities: { type: 'number', meaning: 'How many entities it is about' },
  day: { type: 'text', meaning: 'The day of a daily aggregation' },
  resumedAfter: { type: 'text', meaning: 'The entity after which an interrupted run goes on' },
  stored: { type: 'number', meaning: 'Rows that a batch stored' },
  inactive: { type: 'number', meaning: 'Entities of a batch that are inactive' },
  done: { type: 'number', meaning: 'Entities that a run is done with' },

  scope: { type: 'text', meaning: 'What a composite is about: `pipeline`, or `<group>=<value>`' },
  scopes: { type: 'texts', meaning: 'Several of them' },
  fence: { type: 'number', meaning: 'The number under which a composite is calculated: a greater one is later' },
  seenFence: { type: 'number', meaning: 'The one that the database has of what stands; 0: nothing does' },
  value: { type: 'text', meaning: 'What a composite comes to' },
  ageMs: { type: 'number', meaning: 'How old a composite was when it was replaced, in milliseconds' },
  maxStaleMs: { type: 'number', meaning: 'How old it may be: `spec.composite.maxStale`, in milliseconds' },

  attempt: { type: 'number', meaning: 'Which try it was, counted from 1' },
  of: { type: 'number', meaning: 'How many tries there are at most' },
  failures: { type: 'number', meaning: 'How often it failed in a row' },
  retryInMs: { type: 'number', meaning: 'After how many milliseconds it is tried again' },

  part: { type: 'text', meaning: 'What of a pipeline was looked at: its source or its database' },
  reason: { type: 'text', meaning: 'Why, in a word' },
  problems: { type: 'texts', meaning: 'What is wrong with a pipeline file' },
  identity: { type: 'text', meaning: 'Who leads, or wants to' },
  name: { type: 'text', meaning: 'The name of an object of the cluster' },
  namespaces: { type: 'texts', meaning: 'The namespaces that the operator watches; none means all' },
  pipelines: { type: 'number', meaning: 'How many pipelines wait to be reconciled' },
  key: { type: 'text', meaning: 'What a reconcile is about: `namespace/pipeline`, or the namespace of an exporter' },
  objects: { type: 'texts', meaning: 'Objects of the cluster' },

  signals: { type: 'texts', meaning: 'What is sent by OTLP: `traces`, `metrics`' },
  variable: { type: 'text', meaning: 'An environment variable' },
  file: { type: 'text', meaning: 'The file that it names, or that was read' },
  code: { type: 'text', meaning: 'Why a file cannot be read, as the system calls it' },
  leftOut: { type: 'number', meaning: 'How many lines like this one were left out before it' },
  trace_id: {
    type: 'text',
    meaning: 'The trace that is recorded at this moment, where [tracing](../tracing.md) is on',
  },
  span_id: { type: 'text', meaning: 'Its span that is under way' },
} as const satisfies Readonly<Record<string, LogField>>

type Fields = typeof LOG_FIELDS

/** The fields of one line. */
export type LogFields = { readonly [Name in keyof Fields]?: FieldTypes[Fields[Name]['type']] | undefined }
