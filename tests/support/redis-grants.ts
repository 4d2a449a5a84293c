import { docBlocks } from './doc-blocks.ts'

const PAGE = 'docs/how-to/connections-and-roles.md'

/** In the order of the page, each besides those before. */
const FOR = ['plain', 'sharded', 'composite', 'cluster'] as const

/** What the page grants to the users `metrics` and `shop`, for a shop's streams: arguments of ACL, a command each. */
export function redisGrants(...wanted: readonly (typeof FOR)[number][]): readonly (readonly [string, ...string[]])[] {
  const blocks = docBlocks(PAGE).filter(({ text }) => text.startsWith('ACL SETUSER'))
  if (blocks.length !== FOR.length) throw new Error(`${PAGE} grants rights in ${blocks.length} places`)
  return blocks
    .filter((_, i) => wanted.includes(FOR[i] as (typeof FOR)[number]))
    .flatMap(({ text }) => text.replaceAll('parcels:', 'shop:').trimEnd().split('\n'))
    .map((line) => line.split(' ').slice(1) as [string, ...string[]])
}
