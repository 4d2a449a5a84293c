import { randomUUID } from 'node:crypto'
import type { CompositeBounds, CompositeLook, CompositeStore } from '../adapters/postgres/composite-store.ts'
import type { CompositeGate } from '../adapters/redis/composite-gate.ts'
import type { CompositeResult } from '../core/composite/composite-result.ts'
import type { CompositeSettings } from '../core/composite/composite-settings.ts'
import type { GateOutcome } from '../core/composite/gate.ts'
import { gateRules } from '../core/composite/gate-rules.ts'
import { formatInstant, type Instant } from '../core/time/instant.ts'

export interface CompositeStorage {
  readonly gate: CompositeGate
  readonly store: CompositeStore
  readonly settings: CompositeSettings
  readonly bounds: CompositeBounds
  readonly calculate: (scope: string, asOf: Instant) => Promise<CompositeResult>
}

export type StoredByHand =
  | { readonly result: CompositeResult; readonly asOf: Instant }
  /** Somebody calculates it right now, or the shortest interval has not passed: worth while to ask again then. */
  | { readonly waitMs: number }

/** Calculates and stores a score by the rules that workers keep to, except that none has to be due: only the shortest interval counts. */
export async function storeComposite(storage: CompositeStorage, scope: string): Promise<StoredByHand> {
  const token = randomUUID()
  const outcome = await ask(storage, scope, token)
  if (outcome.kind === 'uninitialised') throw new Error('a gate that was given a fence does not know it')
  if (outcome.kind !== 'granted') return { waitMs: outcome.waitMs ?? 0 }
  try {
    return await replace(storage, scope, { token, fence: outcome.fence })
  } catch (error) {
    await storage.gate.abort(scope, token, { kind: 'failed', spareMs: 0 }).catch(() => undefined) // its lease runs out
    throw error
  }
}

/** A gate that knows nothing goes on from the fence that PostgreSQL has seen. */
async function ask(
  { gate, store, settings, bounds }: CompositeStorage,
  scope: string,
  token: string,
): Promise<GateOutcome> {
  const asked = { token, events: 0, isLast: true }
  const { outcome } = await gate.begin(scope, asked, gateRules(settings))
  if (outcome.kind !== 'uninitialised') return outcome
  const { fence } = await store.look(scope, bounds)
  return (await gate.begin(scope, { ...asked, seed: fence }, gateRules(settings))).outcome
}

async function replace(
  { gate, store, bounds, calculate }: CompositeStorage,
  scope: string,
  grant: { readonly token: string; readonly fence: number },
): Promise<StoredByHand> {
  const look = await store.look(scope, bounds)
  if (look.waitMs > 0 || look.isSuperseded || look.fence >= grant.fence)
    return await giveBack(gate, scope, grant.token, look)
  const result = await calculate(scope, look.asOf)
  const record = { scope, fence: grant.fence, asOf: look.asOf, result }
  const stored = await store.store(record, bounds)
  if (stored.kind === 'refused') return await giveBack(gate, scope, grant.token, stored)
  // Stored is stored: a gate that does not hear of it has the next one calculated, and that one refused.
  await gate.commit(scope, grant, { value: result.value, asOf: formatInstant(look.asOf) }).catch(() => undefined)
  return { result, asOf: look.asOf }
}

async function giveBack(
  gate: CompositeGate,
  scope: string,
  token: string,
  { waitMs, fence }: CompositeLook,
): Promise<StoredByHand> {
  await gate.abort(scope, token, { kind: 'refused', waitMs, fence }).catch(() => undefined) // its lease runs out
  return { waitMs }
}
