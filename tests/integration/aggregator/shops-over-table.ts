import { type LoadedPipeline, parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { shopManifest } from '../../support/shop-manifest.ts'

/** The shops' pipeline over a table `orders` that somebody else fills, with three orders for each shop. */
export function shopPipelineOverTable(shops: number): { readonly pipeline: LoadedPipeline; readonly prepare: string } {
  const manifest = JSON.parse(shopManifest())
  const { metrics } = manifest.spec
  metrics.tables = { order: 'orders' }
  metrics.definition.events.order.id = 'id'
  metrics.definition.events.order.fields.id = { type: 'string' }
  const parsed = parsePipeline(JSON.stringify(manifest), 'shops')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return {
    pipeline: parsed,
    prepare: `create table orders (
        id text primary key, shop varchar(40) not null, placed_at timestamptz not null, cents int not null, kilos double precision,
        points bigint, express boolean, kind text, tags text[]);
      create index on orders (shop, placed_at);
      insert into orders (id, shop, placed_at, cents, kilos)
      select shop || '-' || n, shop, date_trunc('day', now(), 'UTC') - n * interval '1 day', n * 100, 1.5
        from generate_series(1, 3) n, (select 'shop-' || to_char(s, 'fm000') as shop from generate_series(0, ${shops - 1}) s) shops`,
  }
}
