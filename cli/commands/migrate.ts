import { Command } from 'commander'
import { databaseUrlOf } from '../connections.ts'
import { migratePipeline } from '../migrate-pipeline.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Only ever adds, and may run at any time, by several processes at once. A changed definition is refused, naming what changed.
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
