import { readFileSync } from 'node:fs'
import { Migration } from '@mikro-orm/migrations'

/** The engine's migrations in the order in which they run. One that was released never changes: the next one is a file of its own. */
const NAMES = [
  '0001-engine',
  '0002-retention',
  '0003-shards',
  '0004-stream-faults',
  '0005-work-of-members',
  '0006-newest-revision',
  '0007-open-dead-letters',
  '0008-composite',
  '0009-traces-of-marks',
  '0010-identity',
  '0011-composite-rules',
] as const

/** Each from its SQL file. Forward only: a schema is dropped by hand, never by a migration. */
export const ENGINE_MIGRATIONS = NAMES.map((name) => ({ name, class: migrationOf(name) }))

function migrationOf(name: string): new (...args: ConstructorParameters<typeof Migration>) => Migration {
  return class extends Migration {
    override up(): void {
      const text = readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8')
      for (const statement of text.split(/;\s*\n/)) if (statement.trim() !== '') this.addSql(statement)
    }
  }
}
