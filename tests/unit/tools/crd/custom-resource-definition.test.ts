import { expect, test } from 'vitest'
import { crdFile } from '../../../../tools/crd/crd-file.ts'
import { customResourceDefinition } from '../../../../tools/crd/custom-resource-definition.ts'

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly [keyword: string]: unknown
}

const { spec } = customResourceDefinition() as {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] }
}

/** Every schema below one, with its path. */
function* schemasIn(schema: Schema, path: string): Generator<readonly [string, Schema]> {
  yield [path, schema]
  for (const [name, each] of Object.entries(schema.properties ?? {})) yield* schemasIn(each, `${path}.${name}`)
  if (schema.additionalProperties) yield* schemasIn(schema.additionalProperties, `${path}.<name>`)
  if (schema.items) yield* schemasIn(schema.items, `${path}[]`)
}

const SCHEMAS = [...schemasIn(spec.versions[0]?.schema.openAPIV3Schema ?? {}, '')].filter(
  ([path]) => !path.startsWith('.metadata'), // Kubernetes describes it itself
)

test('plain kubectl apply can remember all of it: less than 200 kB, and a third of that now', () => {
  expect(Buffer.byteLength(crdFile())).toBeLessThan(200_000)
  expect(Buffer.byteLength(JSON.stringify(customResourceDefinition()))).toBeLessThan(100_000)
})

test('every field is described', () => {
  const fields = SCHEMAS.filter(([path]) => /\.[A-Za-z]+$/.test(path))
  expect(fields.length).toBeGreaterThan(150)
  expect(fields.filter(([, { description }]) => !description?.endsWith('.')).map(([path]) => path)).toEqual([])
})

test('no rule needs what the regular expressions of an API server do not know', () => {
  const rules = SCHEMAS.flatMap(([, schema]) => JSON.stringify(schema['x-kubernetes-validations'] ?? []))
  expect(rules.filter((text) => /\(\?[=!<]/.test(text))).toEqual([])
})

test('every list says how two owners of parts of it are brought together', () => {
  const lists = SCHEMAS.filter(([, { items }]) => items !== undefined)
  expect(Object.fromEntries(lists.map(([path, list]) => [path, list['x-kubernetes-list-type']]))).toMatchObject({
    '.spec.source.redisStreams.streams': 'set',
    '.spec.metrics.windows': 'atomic',
    '.spec.workers.env': 'map',
    '.status.conditions': 'map',
    '.status.shards': 'map',
  })
  expect(lists.filter(([, list]) => list['x-kubernetes-list-type'] === undefined)).toEqual([])
})

test('a status may lack what a later version adds to it', () => {
  const [, status] = SCHEMAS.find(([path]) => path === '.status') ?? []
  expect(status).not.toHaveProperty('required')
})
