import type { Connection } from './spec.ts'

/** The value of a variable of a planned process, or where it comes from: values that only the machine knows that carries a plan out. */
export type EnvironmentValue =
  | { readonly value: string }
  | { readonly from: 'pipeline-file' | 'composite-file' | 'process-name' | 'http-port' }
  | { readonly from: SecretSource; readonly secretKeyRef?: Connection['secretKeyRef'] }

/** What a cluster keeps in Secrets. */
export type SecretSource = 'database-url' | 'redis-url' | 'otlp-headers'
