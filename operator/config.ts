import * as z from 'zod'
import { type Environment, parseEnvironment, wholeNumber } from '../adapters/process/environment.ts'
import { type ServiceConfig, serviceConfig, serviceVariables } from '../adapters/process/service-variables.ts'

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const DNS_SUBDOMAIN = /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/

const names = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((name) => (name.trim() === '' ? [] : name.trim())))

export const operatorVariables = z.object({
  OPERAND_IMAGE: z
    .string({ error: 'must name the image that workers, aggregations and exporters run' })
    .min(1)
    .describe('The image of workers, aggregations and exporters: the one that the operator itself runs.'),
  POD_NAME: z
    .string({ error: "must be this process's own name; in a pod, the pod's" })
    .min(1)
    .describe('What this process is called among several operators, of which one leads.'),
  POD_NAMESPACE: z
    .string({ error: 'must be the namespace of this process' })
    .regex(DNS_LABEL, { error: 'is no name of a namespace' })
    .describe('The namespace of the Lease by which one of several operators leads.'),
  OPERAND_PULL_SECRETS: names
    .refine((each) => each.every((name) => DNS_SUBDOMAIN.test(name)), {
      error: 'must be names of Secrets with commas between them, or empty for none',
    })
    .describe(
      'Secrets with which that image is pulled, with commas between them; each namespace with pipelines has its own.',
    ),
  WATCH_NAMESPACES: names
    .refine((each) => each.every((name) => DNS_LABEL.test(name)), {
      error: 'must be names of namespaces with commas between them, or empty for all',
    })
    .describe('The namespaces whose pipelines are looked after, with commas between them. Empty: all.'),
  LEASE_NAME: z
    .string()
    .regex(DNS_LABEL, { error: 'is no name of a Lease' })
    .default('metrics-pipeline-operator')
    .describe('The name of that Lease. Operators that look after different namespaces need one each.'),
  API_REQUESTS_PER_SECOND: wholeNumber(1, 10_000)
    .default(100)
    .describe('Most requests to the API server in a second, watches aside.'),
  SIGNAL_SECONDS: wholeNumber(1, 3_600)
    .default(1)
    .describe('How often exporters are asked what they see, and how many workers are needed is decided.'),
  RESYNC_SECONDS: wholeNumber(1, 86_400)
    .default(600)
    .describe('How often everything is looked at again though nothing changed.'),
  ...serviceVariables('`/livez`, `/readyz` and `/metrics`', 8080),
})

export interface OperatorConfig extends ServiceConfig {
  readonly operandImage: string
  readonly operandPullSecrets: readonly string[]
  readonly identity: string
  readonly namespace: string
  /** Empty: all. */
  readonly watchNamespaces: readonly string[]
  readonly leaseName: string
  readonly requestsPerSecond: number
  readonly signalMs: number
  readonly resyncMs: number
}

/** Throws `ConfigurationError`, naming every variable at fault. */
export function parseOperatorConfig(environment: Environment): OperatorConfig {
  const values = parseEnvironment(operatorVariables, environment)
  return {
    operandImage: values.OPERAND_IMAGE,
    operandPullSecrets: values.OPERAND_PULL_SECRETS,
    identity: values.POD_NAME,
    namespace: values.POD_NAMESPACE,
    watchNamespaces: values.WATCH_NAMESPACES,
    leaseName: values.LEASE_NAME,
    requestsPerSecond: values.API_REQUESTS_PER_SECOND,
    signalMs: values.SIGNAL_SECONDS * 1_000,
    resyncMs: values.RESYNC_SECONDS * 1_000,
    ...serviceConfig(values),
  }
}
