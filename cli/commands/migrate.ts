import { Command } from 'commander'
import { migrate } from '../../adapters/postgres/migrate.ts'
import { revisionSource } from '../../core/pipeline/revision-source.ts'
import { databaseUrlOf } from '../connections.ts'
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
      const { pipeline, metricSet, definition } = await readPipeline(filename, terminal)
      const { name } = pipeline.metadata
      const { database, metrics } = pipeline.spec
      const { revision, isNew } = await migrate({
        url: databaseUrlOf(name),
        schema: database.schema,
        pipeline: name,
        set: metricSet,
        builtIn: metrics.set,
        source: revisionSource(metrics, definition),
      })
      terminal.write(`schema ${database.schema} is at revision ${revision}${isNew ? ', new' : ''}\n`)
    })
}
