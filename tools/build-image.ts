import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundlePrograms, type EntryPoints } from './build/bundle.ts'
import { copyFilesToRead } from './build/copy-files-to-read.ts'

/**
 * What the image holds beside Node, in the folder that is named: a bundle of each program with all its packages, and in `bin/` an
 * executable of its name that starts it. Run from the project's root; the Dockerfile does.
 */
const OUT = process.argv[2]
if (OUT === undefined) {
  process.stderr.write('usage: node tools/build-image.ts <folder>\n')
  process.exit(2)
}

const PROGRAMS: EntryPoints = {
  operator: 'operator/main.ts',
  worker: 'worker/main.ts',
  aggregator: 'aggregator/main.ts',
  exporter: 'exporter/main.ts',
  mp: 'cli/main.ts',
}

/** What a program is started with; where nothing is said, Node alone. The worker has a start of its own. */
const STARTS: Readonly<Record<string, string>> = {
  // A third of the memory: V8 collects early, glibc gives back what was freed. docs/performance.md has the figures.
  operator: 'MALLOC_ARENA_MAX=1 node --memory-saver-mode --max-semi-space-size=4',
  // What it sees is replaced again and again: collected as early as the operator's, that of a thousand pipelines takes half as much time again.
  exporter: 'MALLOC_ARENA_MAX=1 node --max-semi-space-size=4 --max-old-space-size-percentage=25',
  aggregator: 'MALLOC_ARENA_MAX=1 node --memory-saver-mode --max-semi-space-size=1',
}

const EXECUTABLE = 0o755

rmSync(OUT, { recursive: true, force: true })
await bundlePrograms(OUT, PROGRAMS)
copyFilesToRead(OUT)
writeFileSync(join(OUT, 'package.json'), `${JSON.stringify({ type: 'module' })}\n`) // executables have no extension that says so
mkdirSync(join(OUT, 'bin'))
for (const name of Object.keys(PROGRAMS)) writeFileSync(join(OUT, 'bin', name), startOf(name), { mode: EXECUTABLE })

function startOf(name: string): string {
  if (name === 'worker') return readFileSync('tools/build/worker-start.sh', 'utf8') // the first line of the others could not choose
  return `#!/usr/bin/env -S ${STARTS[name] ?? 'node'}\nimport '../${name}.mjs'\n`
}
