import * as z from 'zod'
import type { ClusterRule } from '../../adapters/manifest/cluster-rules.ts'
import { pipelineSchema } from '../../adapters/manifest/pipeline-schema.ts'
import { statusSchema } from '../../adapters/manifest/status-schema.ts'
import { API_VERSION, KIND } from '../../core/pipeline/spec.ts'
import { type SchemaNode, structuralSchema } from './structural-schema.ts'

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')

const PLURAL = 'metricspipelines'

/** The object that tells a cluster what a MetricsPipeline is. */
export function customResourceDefinition(): SchemaNode {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind: KIND, listKind: `${KIND}List`, plural: PLURAL, singular: 'metricspipeline', shortNames: ['mp'] },
      scope: 'Namespaced',
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: objectSchema() },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.workers.replicas',
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.selector',
            },
          },
          additionalPrinterColumns: COLUMNS,
        },
      ],
    },
  }
}

const COLUMNS = [
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether it does what it should.',
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: 'Why.',
    priority: 1,
  },
  { name: 'Workers', type: 'string', jsonPath: '.status.workers', description: 'Ready and wanted workers.' },
  {
    name: 'Scaling',
    type: 'string',
    jsonPath: '.status.autoscaling.reason',
    description: 'Why there are as many.',
    priority: 1,
  },
  { name: 'Backlog', type: 'integer', jsonPath: '.status.backlog', description: 'Entries that are not committed yet.' },
  {
    name: 'Oldest',
    type: 'string',
    jsonPath: '.status.oldestEventAge',
    description: 'How long the oldest of them has waited.',
  },
  {
    name: 'Composite',
    type: 'string',
    jsonPath: '.status.composite.value',
    description: 'The score of all entities together.',
  },
  {
    name: 'Scored',
    type: 'date',
    jsonPath: '.status.composite.asOf',
    description: 'How old that is.',
    priority: 1,
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'When it was created.' },
] as const

function objectSchema(): SchemaNode {
  const json = z.toJSONSchema(pipelineSchema, { io: 'input' }) as SchemaNode
  const { apiVersion, kind, metadata, spec } = json['properties'] as Readonly<Record<string, SchemaNode>>
  const definitions = json['$defs'] as SchemaNode
  return {
    description: json['description'],
    type: 'object',
    properties: {
      apiVersion: { description: apiVersion?.['description'], type: 'string' },
      kind: { description: kind?.['description'], type: 'string' },
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: structuralSchema(spec ?? {}, definitions),
      status: optionalFields(structuralSchema(z.toJSONSchema(statusSchema, { io: 'input' }) as SchemaNode, {})),
    },
    required: ['spec'],
    'x-kubernetes-validations': nameRules(metadata ?? {}),
  }
}

/** Rules about the name stand at the root: nowhere else may a CRD speak of metadata. */
function nameRules({ properties }: SchemaNode): readonly ClusterRule[] {
  const { name } = properties as Readonly<Record<string, SchemaNode>>
  const rules = name?.['x-kubernetes-validations'] as readonly ClusterRule[]
  const ofObject = (expression: string) => expression.replaceAll(/\bself\b/g, 'self.metadata.name')
  return rules.map(({ rule, messageExpression = '' }) => ({
    rule: `${ofObject(rule)} && self.metadata.name.size() <= ${Number(name?.['maxLength'])}`,
    messageExpression: ofObject(messageExpression),
    fieldPath: '.metadata.name',
  }))
}

/** What a later version adds is missing in what an earlier one wrote. */
function optionalFields({ required: _, ...schema }: SchemaNode): SchemaNode {
  return schema
}
