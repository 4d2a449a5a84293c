import type { Instant } from '../../core/time/instant.ts'

/** An event of a demonstration. Its data are the example's business. */
export interface DemoEvent {
  readonly stream: string
  readonly type: string
  readonly id: string
  readonly time: Instant
  readonly data: Readonly<Record<string, unknown>>
}

export interface DemoOptions {
  readonly now: Instant
  readonly eventsPerSecond: number
  /** How long a load without live events is to take. */
  readonly seconds: number
}

/** What an example plays to its pipeline: `examples/<name>/demo-load.ts` exports `createDemoLoad`. */
export interface DemoLoad {
  readonly summary: string
  readonly history: Iterable<DemoEvent>
  /** Events of the history a second; undefined: as fast as the streams take them. */
  readonly pace: number | undefined
  /** Without an end, in order of time from an instant on; undefined where there is only history. */
  readonly live: ((from: Instant) => Iterator<DemoEvent>) | undefined
}

/** The load of an example; undefined when there is no such example. */
export async function loadDemo(example: string, options: DemoOptions): Promise<DemoLoad | undefined> {
  if (!/^[a-z][a-z0-9-]*$/.test(example)) return undefined
  const url = new URL(`../../examples/${example}/demo-load.ts`, import.meta.url)
  const module = (await import(url.href).catch((error: { code?: string }) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  })) as { createDemoLoad: (options: DemoOptions) => DemoLoad } | undefined
  return module?.createDemoLoad(options)
}
