import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { describeUnreachable } from '../process/servers/describe-unreachable.ts'
import { ENGINE_ENTITIES } from './entities/engine-entities.ts'
import { ENGINE_MIGRATIONS } from './migrations/engine-migration.ts'

/**
 * MikroORM over the engine's control tables, for what is rare and small: migrations, runs, dead letters. Hot paths speak SQL through `pg`;
 * processes that have only those never load this module. Throws `ServerError`, naming the address, when no server answers.
 */
export async function openOrm(url: string, schema: string): Promise<MikroORM> {
  const orm = await MikroORM.init({
    clientUrl: url,
    schema,
    entities: ENGINE_ENTITIES,
    extensions: [Migrator],
    discovery: { warnWhenNoEntities: false },
    driverOptions: {
      connectionString: url, // of `clientUrl` MikroORM takes host and user alone, and would drop what it says of TLS
      options: `-c search_path="${schema}" -c TimeZone=UTC`,
      application_name: 'metrics-pipeline control',
    },
    pool: { max: 2 },
    migrations: {
      migrationsList: ENGINE_MIGRATIONS,
      tableName: 'mp_migration',
      snapshot: false,
      silent: true,
    },
  })
  try {
    await orm.connect()
    return orm
  } catch (cause) {
    await orm.close(true)
    throw describeUnreachable('PostgreSQL', url, cause)
  }
}
