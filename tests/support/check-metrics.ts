import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findPromtool } from './promtool.ts'

/** Throws what promtool has against a scrape: names against the conventions, a help that is missing, text that is no metric. */
export async function checkMetrics(scrape: string): Promise<void> {
  const checking = promisify(execFile)(await findPromtool(), ['check', 'metrics'])
  checking.child.stdin?.end(scrape)
  const { stdout, stderr } = await checking
  if (stdout + stderr !== '') throw new Error(stdout + stderr)
}
