import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import type { PipelineOnServers } from './pipeline-on-servers.ts'

/** Resolves when a worker has been at work for so long from now on, by the signs of life that it leaves in the database. */
export async function hasLived(shops: PipelineOnServers, consumer: string, seconds: number): Promise<void> {
  const { rows } = await shops.db.query<{ now: string }>('select clock_timestamp()::text as now')
  await eventually(async () => {
    const { rowCount } = await shops.db.query(
      'select from mp_member where consumer = $1 and heartbeat_at > $2::timestamptz + $3::int * interval $$1 second$$',
      [consumer, rows[0]?.now, seconds],
    )
    expect(rowCount).toBe(1)
  })
}
