import { join, resolve } from 'node:path'

/** What a played node finds in an image. */
export interface Image {
  /** What runs in place of a command's first word. Other words are programs of this machine. */
  readonly programs?: Readonly<Record<string, readonly string[]>>
  /** Runs where a container names no command. */
  readonly entrypoint?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const REPOSITORY = resolve(import.meta.dirname, '../../..')

/** Compiled once for all processes of a test run. */
const COMPILE_CACHE = resolve(REPOSITORY, 'node_modules/.cache/compiled')

const PROGRAMS = ['operator', 'worker', 'aggregator', 'exporter', 'mp'] as const

/** This project's image as it is shipped, from the folder that `tools/build-image.ts` wrote. */
export function builtImage(app: string): Image {
  return {
    programs: Object.fromEntries(PROGRAMS.map((name) => [name, [join(app, 'bin', name)]])),
    env: { NODE_ENV: 'production' },
  }
}

/** This project's image, from its sources as they are. Spread it and replace a program to have one that is broken. */
export function projectImage(): Image {
  const main = (path: string) => [process.execPath, resolve(REPOSITORY, path)]
  return {
    programs: {
      operator: main('operator/main.ts'),
      worker: main('worker/main.ts'),
      aggregator: main('aggregator/main.ts'),
      exporter: main('exporter/main.ts'),
      mp: main('cli/main.ts'),
    },
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE },
  }
}
