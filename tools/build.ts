import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { bundleForNpm, bundlePrograms } from './build/bundle.ts'
import { copyFilesToRead } from './build/copy-files-to-read.ts'

/**
 * What ships to npm, in `dist/` or the folder that is named: worker, aggregator and exporter with all packages in them; the library and `mp`,
 * beside the packages that npm installs with them; declarations; and what all of them read from disk. Run from the project's root.
 */
const OUT = process.argv[2] ?? 'dist'

rmSync(OUT, { recursive: true, force: true })
await bundlePrograms(OUT, { worker: 'worker/main.ts', aggregator: 'aggregator/main.ts', exporter: 'exporter/main.ts' })
await bundleForNpm(OUT, { index: 'index.ts', mp: 'cli/main.ts' })
execFileSync('tsc', ['--project', 'tools/tsconfig.types.json', '--outDir', `${OUT}/types`], { stdio: 'inherit' })
copyFilesToRead(OUT)
