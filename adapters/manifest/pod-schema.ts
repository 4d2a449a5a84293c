import * as z from 'zod'
import { OWN_VARIABLES } from '../../core/pipeline/own-variables.ts'
import { type ClusterRule, cel, clusterRules, keyedBy, valueIs } from './cluster-rules.ts'
import { patternText } from './text-fields.ts'

const NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/

function quantity(pattern: RegExp, example: string) {
  const is = `no quantity; write one such as ${example}`
  return z
    .union([z.string().regex(pattern, { error: ({ input }) => `"${input}" is ${is}` }), z.int().min(0)], {
      error: ({ input }) => `${JSON.stringify(input)} is ${is}`,
    })
    .meta({
      title: 'quantity',
      'x-kubernetes-int-or-string': true,
      maxLength: 32,
      ...clusterRules({
        rule: `type(self) == int ? self >= 0 : self.matches(${cel(pattern.source)})`,
        messageExpression: valueIs(is, 'string(self)'),
      }),
    })
}

const amountsSchema = z.strictObject({
  cpu: quantity(/^\d{1,9}(?:m|\.\d{1,3})?$/, '500m')
    .exactOptional()
    .describe('Processors, in thousandths or as a number: `500m`, `2`.'),
  memory: quantity(/^\d{1,15}(?:\.\d{1,3})?(?:[kMGTPE]|[KMGTPE]i)?$/, '256Mi')
    .exactOptional()
    .describe('Memory, in bytes or with a unit: `256Mi`.'),
})

/** Kubernetes needs each request to be within its limit; that is checked with the rest. */
export function resourcesSchema(memoryLimit: string) {
  return z
    .strictObject({
      requests: amountsSchema.exactOptional().describe('What a node must have free for each.'),
      limits: amountsSchema.exactOptional().describe('What each may use at most.'),
    })
    .meta(clusterRules(requestWithinLimit('cpu'), requestWithinLimit('memory')))
    .default({ requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: memoryLimit } })
}

function requestWithinLimit(resource: 'cpu' | 'memory'): ClusterRule {
  const [request, limit] = [`self.requests.${resource}`, `self.limits.${resource}`]
  const given = `has(self.requests) && has(${request}) && has(self.limits) && has(${limit})`
  const numbers = `isQuantity(string(${request})) && isQuantity(string(${limit}))`
  return {
    rule: `!(${given}) || !(${numbers}) || !quantity(string(${request})).isGreaterThan(quantity(string(${limit})))`,
    messageExpression: `${valueIs(`more than limits.${resource}, "`, `string(${request})`)} + string(${limit}) + ${cel('"; lower it, or raise the limit')}`,
    fieldPath: `.requests.${resource}`,
  }
}

const tolerationSchema = z.strictObject({
  key: z.string().max(317).exactOptional().describe('The taint. Left out, with operator Exists: every taint.'),
  operator: z.enum(['Exists', 'Equal']).exactOptional().describe('How `value` is compared. Kubernetes takes Equal.'),
  value: z.string().max(63).exactOptional().describe("The taint's value."),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .exactOptional()
    .describe('The effect that is tolerated. Left out: every one.'),
  tolerationSeconds: z.int().min(0).exactOptional().describe('How long NoExecute is tolerated. Left out: for ever.'),
})

/** Its vocabulary is large and grows with Kubernetes, which checks it when a pod is made; repeated here it would be behind. */
const affinityPart = z.record(z.string(), z.unknown())

const spreadSchema = z.looseObject({
  maxSkew: z.int().min(1).describe('By how many pods two domains may differ.'),
  topologyKey: z.string().min(1).max(317).describe('The label of nodes that makes a domain.'),
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']).describe('What happens to a pod that no domain fits.'),
})

/** Where pods may run. It holds for the workers and for the pipeline's Jobs. */
export const placementFields = {
  nodeSelector: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe('Labels that a node must have. For the Jobs of the pipeline too, as the next four are.'),
  tolerations: z.array(tolerationSchema).max(32).exactOptional().describe('Taints of nodes that do not matter.'),
  affinity: z
    .strictObject({
      nodeAffinity: affinityPart.exactOptional().describe('Which nodes are wanted, as in a pod.'),
      podAffinity: affinityPart.exactOptional().describe('Which pods to be near to, as in a pod.'),
      podAntiAffinity: affinityPart.exactOptional().describe('Which pods to be far from, as in a pod.'),
    })
    .exactOptional()
    .describe('As in a pod; Kubernetes checks what stands in it.'),
  topologySpreadConstraints: z
    .array(spreadSchema)
    .max(16)
    .exactOptional()
    .describe('As in a pod. Left out, workers are spread over nodes where that is possible.'),
  priorityClassName: patternText(NAME, 'no name of a PriorityClass', 253)
    .exactOptional()
    .describe('The PriorityClass of the pods.'),
}

export const environmentSchema = z
  .array(
    z.strictObject({
      name: patternText(/^[A-Za-z_][A-Za-z0-9_]*$/, 'no name of a variable; write letters, digits and _', 128, {
        rule: `!(self in ${JSON.stringify(OWN_VARIABLES)})`,
        messageExpression: valueIs('set by the pipeline itself; remove it'),
      }).describe('The variable.'),
      value: z.string().max(32_768).describe('Its value, for everybody to read: connections belong in Secrets.'),
    }),
  )
  .max(64)
  .meta(keyedBy('name'))
