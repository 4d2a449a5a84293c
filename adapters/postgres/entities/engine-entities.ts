import { defineEntity, p } from '@mikro-orm/postgresql'

/** The row that claims a schema for one pipeline and says which revision of its definition is in force. */
export const PipelineEntity = defineEntity({
  name: 'Pipeline',
  tableName: 'mp_pipeline',
  properties: {
    id: p.boolean().primary().default(true),
    name: p.text(),
    revision: p.integer(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw('clock_timestamp()'),
  },
})

export const RevisionEntity = defineEntity({
  name: 'Revision',
  tableName: 'mp_revision',
  properties: {
    revision: p.integer().primary().autoincrement(),
    fingerprint: p.text().unique(),
    definition: p.json(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw('clock_timestamp()'),
  },
})

export const RunEntity = defineEntity({
  name: 'Run',
  tableName: 'mp_run',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    kind: p.text(),
    day: p.string().columnType('date'),
    shard: p.integer(),
    shards: p.integer(),
    options: p.json(),
    state: p.text(),
    lastEntity: p.text().nullable(),
    total: p.integer().default(0),
    successful: p.integer().default(0),
    failed: p.integer().default(0),
    skipped: p.integer().default(0),
    startedAt: p.datetime().columnType('timestamptz').defaultRaw('clock_timestamp()'),
    heartbeatAt: p.datetime().columnType('timestamptz').defaultRaw('clock_timestamp()'),
    finishedAt: p.datetime().columnType('timestamptz').nullable(),
    report: p.json().nullable(),
  },
})

export const DeadLetterEntity = defineEntity({
  name: 'DeadLetter',
  tableName: 'mp_dead_letter',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    stream: p.text(),
    entryId: p.text(),
    eventType: p.text().nullable(),
    reason: p.text(),
    details: p.json<readonly string[]>(),
    raw: p.blob(),
    attempts: p.integer(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw('clock_timestamp()'),
    replayedAt: p.datetime().columnType('timestamptz').nullable(),
  },
})

export const ENGINE_ENTITIES = [PipelineEntity, RevisionEntity, RunEntity, DeadLetterEntity]
