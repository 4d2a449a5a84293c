import * as z from 'zod'
import { statusSchema } from '../../adapters/manifest/status-schema.ts'
import type { JsonSchema } from './json-schema.ts'
import { fillMarkers, type Page } from './page.ts'
import { fieldTable } from './schema-tables.ts'

/** The fields, below words about the conditions. */
export const statusPage: Page = {
  name: 'status.md',
  write: (current) => fillMarkers(current, new Map([['fields', fieldTable(statusJson())]])),
}

/** Nothing in a status is written by a user, so nothing in it is required of one. */
function statusJson(): JsonSchema {
  return withoutRequired(z.toJSONSchema(statusSchema, { io: 'input' }) as JsonSchema)
}

function withoutRequired({ required: _, ...schema }: JsonSchema): JsonSchema {
  const { properties, items } = schema
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, withoutRequired(each)])),
    }),
    ...(items && { items: withoutRequired(items) }),
  }
}
