import { cpSync, readdirSync } from 'node:fs'

/** Puts beside the bundles what they read from disk: SQL, Lua, views, migrations. Run from the project's root. */
export function copyFilesToRead(folder: string): void {
  cpSync('adapters/postgres/sql', `${folder}/sql`, { recursive: true })
  cpSync('adapters/redis/lua', `${folder}/lua`, { recursive: true })
  cpSync('adapters/postgres/views', `${folder}/views`, { recursive: true })
  for (const file of readdirSync('adapters/postgres/migrations').filter((name) => name.endsWith('.sql')))
    cpSync(`adapters/postgres/migrations/${file}`, `${folder}/${file}`)
}
