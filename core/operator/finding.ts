import type { ConditionType } from './status.ts'

/** What one condition says, before it is known how long it has said so. */
export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

export type Findings = Partial<Record<ConditionType, Finding>>

export const isTrue = (reason: string, message: string): Finding => ({ status: 'True', reason, message })
export const isFalse = (reason: string, message: string): Finding => ({ status: 'False', reason, message })
export const isUnknown = (reason: string, message: string): Finding => ({ status: 'Unknown', reason, message })
