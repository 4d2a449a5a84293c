import type { Pool } from 'pg'
import type { Day } from '../../core/time/calendar.ts'
import { loadSql } from './load-sql.ts'

export interface QualityFinding {
  readonly event_type: string
  /** A rule's name, or a dead letter's reason. */
  readonly rule: string
  readonly severity: 'warning' | 'error' | 'dead-letter'
  readonly count: number
}

export interface QualityReport {
  readonly findings: readonly QualityFinding[]
  /** References whose fact has not come. */
  readonly unresolvedReferences: number
  /** Streams from which nothing was committed for a day. */
  readonly silentStreams: readonly string[]
}

const FINDINGS = loadSql('quality-report')

/** Findings of what arrived in these UTC days (both inclusive), and the state of references and streams now. */
export async function readQuality(pool: Pool, streams: readonly string[], from: Day, to: Day): Promise<QualityReport> {
  const findings = await pool.query<QualityFinding>(FINDINGS, [from, to])
  const unresolved = await pool.query<{ count: number }>('select count(*)::int as count from mp_unresolved_reference')
  const active = await pool.query<{ stream: string }>(
    "select stream from mp_position where committed_at > clock_timestamp() - interval '24 hours' union select stream from mp_shard where committed_at > clock_timestamp() - interval '24 hours'",
  )
  const heard = new Set(active.rows.map((row) => row.stream))
  return {
    findings: findings.rows,
    unresolvedReferences: unresolved.rows[0]?.count ?? 0,
    silentStreams: streams.filter((stream) => !heard.has(stream)),
  }
}
