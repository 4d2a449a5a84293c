import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { MetricSet } from '../../core/metric-sets/metric-set.ts'
import { identifier } from './set-sql/identifiers.ts'

/** Folder of a built-in set's views: a set called `ParcelDelivery` has `views/parcel-delivery/`. */
function folderOf(builtIn: string): URL {
  return new URL(`./views/${builtIn.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()}/`, import.meta.url)
}

/**
 * Statements that make a built-in set's views. Each file holds one select for a single window, with `:days` for its length; the view is the
 * union over the pipeline's windows, and is called as its file.
 */
export function setViewStatements(set: MetricSet, builtIn: string | undefined): readonly string[] {
  return setViewNames(builtIn).map((view) => {
    const select = readFileSync(new URL(`${view}.sql`, folderOf(builtIn as string)), 'utf8')
      .replaceAll(/^--.*$/gm, '')
      .trim()
      .replace(/;$/, '')
    const union = set.windows.map((days) => select.replaceAll(':days', String(days))).join('\nunion all\n')
    return `create or replace view ${identifier(view)} as\n${union}`
  })
}

export function setViewNames(builtIn: string | undefined): readonly string[] {
  if (builtIn === undefined || !existsSync(folderOf(builtIn))) return []
  const files = readdirSync(folderOf(builtIn)).filter((file) => file.endsWith('.sql'))
  return files.map((file) => file.slice(0, -'.sql'.length)).sort()
}
