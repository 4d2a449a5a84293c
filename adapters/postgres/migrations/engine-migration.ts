import { readFileSync } from 'node:fs'
import { Migration } from '@mikro-orm/migrations'

const TEXT = readFileSync(new URL('./0001-engine.sql', import.meta.url), 'utf8')

/** The engine's tables, from `0001-engine.sql`. Forward only: a schema is dropped by hand, never by a migration. */
export class EngineMigration extends Migration {
  override up(): void {
    for (const statement of TEXT.split(/;\s*\n/)) if (statement.trim() !== '') this.addSql(statement)
  }
}
