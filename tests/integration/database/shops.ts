import { type LoadedPipeline, parsePipeline } from '../../../adapters/manifest/parse-pipeline.ts'
import { type ShopOptions, shopManifest } from '../../support/shop-manifest.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests change any part of a manifest
export type Manifest = any

/** The shops' pipeline with something about it changed. */
export function changedShops(change: (manifest: Manifest) => unknown, options?: ShopOptions): LoadedPipeline {
  const manifest: Manifest = JSON.parse(shopManifest(options))
  change(manifest)
  const parsed = parsePipeline(JSON.stringify(manifest), 'shops')
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  return parsed
}
