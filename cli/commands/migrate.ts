import { Command } from 'commander'
import { databaseUrlOf } from '../connections.ts'
import { migratePipeline } from '../migrate-pipeline.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Only ever adds, and may run at any time, by several processes at once. A changed definition is refused, naming what changed.
Needs PostgreSQL 18 or newer and the right to create in the schema (or in the database, where the schema is still to be made). What it makes
belongs to its user. The daily aggregation makes and drops months of daily rows, so it runs as that user too; workers need no more than to
read and write the schema's tables and to use its sequences.
The database is that of DATABASE_URL, or the one that mp up started here.

Examples:
  mp migrate -f pipeline.yaml`

export function createCommand(terminal: Terminal): Command {
  return new Command()
    .description("Bring the pipeline's database schema to what its definition needs.")
    .addOption(filenameOption())
    .addHelpText('after', HELP)
    .action(async ({ filename }: { filename: string }) => {
      const pipeline = await readPipeline(filename, terminal)
      const { metadata, spec } = pipeline.pipeline
      const { revision, isNew } = await migratePipeline(pipeline, databaseUrlOf(metadata.name))
      terminal.write(`schema ${spec.database.schema} is at revision ${revision}${isNew ? ', new' : ''}\n`)
    })
}
