import { createHash } from 'node:crypto'
import { inKeyOrder } from '../../core/metric-sets/in-key-order.ts'

/** The same for whatever says the same, in any order of its keys. */
export function fingerprintOf(source: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(inKeyOrder(source)))
    .digest('hex')
}
