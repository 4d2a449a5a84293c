import { Command, Option } from 'commander'
import { createCompositeCalculator } from '../../adapters/postgres/composite-calculator.ts'
import { CompositeStore } from '../../adapters/postgres/composite-store.ts'
import { readDatabaseClock } from '../../adapters/postgres/database-clock.ts'
import { fingerprintOf } from '../../adapters/postgres/fingerprint.ts'
import { notMigrated } from '../../adapters/postgres/migrate-error.ts'
import { readPipelineKey } from '../../adapters/postgres/pipeline-key.ts'
import { openPostgresPool, type Pool } from '../../adapters/postgres/postgres-pool.ts'
import { readComposites } from '../../adapters/postgres/read-composites.ts'
import { requireRevision } from '../../adapters/postgres/revision-store.ts'
import { readRulesInForce } from '../../adapters/postgres/rules-in-force.ts'
import { CompositeGate } from '../../adapters/redis/composite-gate.ts'
import { connectRedis } from '../../adapters/redis/redis-client.ts'
import type { CompositeResult } from '../../core/composite/composite-result.ts'
import type { CompositeRules } from '../../core/composite/composite-rules.ts'
import { scopesOf } from '../../core/composite/composite-scopes.ts'
import { CALCULATION_BUDGET_MS } from '../../core/composite/margin.ts'
import type { SetComposite } from '../../core/metric-sets/metric-set.ts'
import { ageText } from '../../core/operator/status-of.ts'
import type { LoadedPipeline } from '../../core/pipeline/resolve-pipeline.ts'
import { revisionSource } from '../../core/pipeline/revision-source.ts'
import { formatInstant } from '../../core/time/instant.ts'
import { databaseUrlOf, redisUrlOf } from '../connections.ts'
import { ExitWith } from '../exit-with.ts'
import { formatTable } from '../format-table.ts'
import { filenameOption, readPipeline } from '../read-pipeline.ts'
import { type CompositeStorage, type StoredByHand, storeComposite } from '../store-composite.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Examples:
  mp composite show -f pipeline.yaml
  mp composite run -f pipeline.yaml --scope region=North
  mp composite run -f pipeline.yaml --store`

interface Flags {
  readonly filename: string
  readonly output: 'table' | 'json'
  readonly scope?: string
  readonly store?: boolean
}

/** A pipeline whose set declares a composite, with its database. */
interface Scored {
  readonly loaded: LoadedPipeline
  readonly composite: SetComposite
  readonly db: Pool
}

export function createCommand(terminal: Terminal): Command {
  const command = new Command()
    .description('The score of all entities together: show what stands, calculate it now.')
    .addHelpText('after', HELP)
  const add = (name: string, description: string, run: (scored: Scored, flags: Flags) => Promise<string>) =>
    command
      .command(name)
      .description(description)
      .addOption(filenameOption())
      .option('--scope <scope>', 'only this one: pipeline, or <group>=<value>')
      .addOption(new Option('-o, --output <format>', 'the output format').choices(['table', 'json']).default('table'))
      .action((flags: Flags) => withScored(flags, terminal, async (scored) => terminal.write(await run(scored, flags))))
  add('show', 'Show the scores that stand, how old they are, and what they are made of', show)
  add(
    'run',
    'Calculate the scores now, and show what they are made of; nothing is stored unless told so',
    calculate,
  ).option('--store', 'store them too, each if the shortest interval since the one before has passed')
  return command
}

async function withScored(
  { filename, scope }: Flags,
  terminal: Terminal,
  work: (scored: Scored) => Promise<void>,
): Promise<void> {
  const loaded = await readPipeline(filename, terminal)
  const { composite } = loaded.metricSet
  if (composite === undefined) return refuse('the metric set of this pipeline declares no composite', terminal)
  const scopes = scopesOf(composite)
  if (scope !== undefined && !scopes.includes(scope))
    return refuse(`there is no scope ${scope}; there is ${scopes.join(', ')}`, terminal)
  const { name } = loaded.pipeline.metadata
  const { schema } = loaded.pipeline.spec.database
  const db = await openPostgresPool({
    url: databaseUrlOf(name),
    schema,
    applicationName: 'metrics-pipeline composite',
    maxConnections: 1,
    onError: () => undefined,
  })
  try {
    const { rows } = await db.query<{ migrated: boolean }>("select to_regclass('mp_composite') is not null as migrated")
    if (rows[0]?.migrated !== true) throw notMigrated(schema)
    await work({ loaded, composite, db })
  } finally {
    await db.end()
  }
}

function refuse(reason: string, terminal: Terminal): never {
  terminal.complain(`${reason}\n`)
  throw new ExitWith(2)
}

async function show({ composite, db }: Scored, { scope, output }: Flags): Promise<string> {
  const stored = await readComposites(db, scope === undefined ? scopesOf(composite) : [scope])
  if (output === 'json') return `${JSON.stringify(stored, null, 2)}\n`
  if (stored.length === 0) return 'no score was calculated so far\n'
  return formatTable(
    ['SCOPE', ...resultTitles(composite), 'AGE', 'HOLDER'],
    stored.map((each) => [each.scope, ...resultCells(composite, each), ageText(each.ageMs), each.holder]),
  )
}

async function calculate(scored: Scored, flags: Flags): Promise<string> {
  return flags.store === true ? await calculateAndStore(scored, flags) : await calculateOnly(scored, flags)
}

async function calculateOnly({ loaded, composite, db }: Scored, { scope, output }: Flags): Promise<string> {
  const calculator = createCompositeCalculator(loaded.metricSet, loaded.settings.composite?.weights)
  const asOf = await readDatabaseClock(db)
  const results: (CompositeResult & { readonly scope: string })[] = []
  for (const each of scope === undefined ? scopesOf(composite) : [scope])
    results.push({ scope: each, ...(await calculator.calculate(db, each, asOf)) })
  if (output === 'json') return `${JSON.stringify({ asOf: formatInstant(asOf), results }, null, 2)}\n`
  const table = formatTable(
    ['SCOPE', ...resultTitles(composite)],
    results.map((each) => [each.scope, ...resultCells(composite, each)]),
  )
  return `${table}\nAs of ${formatInstant(asOf)}. Nothing was stored.\n`
}

function resultTitles({ name, inputs }: SetComposite): readonly string[] {
  return [name, 'sample', ...inputs.map((input) => input.name)].map((title) => title.toUpperCase())
}

function resultCells({ inputs }: SetComposite, result: CompositeResult): readonly string[] {
  return [result.value ?? '-', String(result.sampleSize), ...inputs.map(({ name }) => result.inputs[name] ?? '-')]
}

/** By the rules that workers keep to: where one of them was too quick, nothing is stored, and it is said when to ask again. */
async function calculateAndStore({ loaded, composite, db }: Scored, { scope, output }: Flags): Promise<string> {
  const rules = await rulesInForce(loaded, composite, db)
  const { settings, weights, historyLimit } = rules.wanted
  const calculator = createCompositeCalculator(loaded.metricSet, weights)
  const redis = await connectRedis(redisUrlOf(loaded.pipeline.metadata.name), () => undefined)
  try {
    const store = new CompositeStore(db, 'mp composite run')
    const noted = await store.register(rules)
    const storage: CompositeStorage = {
      gate: new CompositeGate(redis, await readPipelineKey(db)),
      store,
      settings,
      bounds: { minIntervalMs: settings.minIntervalMs, historyLimit, rules: noted },
      calculate: (each, asOf) => calculator.calculate(db, each, asOf, CALCULATION_BUDGET_MS),
    }
    const outcomes: (StoredByHand & { readonly scope: string })[] = []
    for (const each of scope === undefined ? scopesOf(composite) : [scope])
      outcomes.push({ scope: each, ...(await storeComposite(storage, each)) })
    if (output === 'json') return `${JSON.stringify(outcomes, null, 2)}\n`
    return formatTable(
      ['SCOPE', ...resultTitles(composite), 'STORED'],
      outcomes.map((outcome) => [outcome.scope, ...outcomeCells(composite, outcome)]),
    )
  } finally {
    redis.disconnect()
  }
}

/**
 * What workers go by, whatever the file at hand says of it. Where there is no score yet the file is all that is known, and so it is where what
 * stands is by another definition that no worker goes by.
 */
async function rulesInForce(
  { pipeline, definition, settings }: LoadedPipeline,
  composite: SetComposite,
  db: Pool,
): Promise<CompositeRules> {
  const { metrics, database } = pipeline.spec
  const revision = await requireRevision(db, database.schema, revisionSource(metrics, definition))
  const inForce = await readRulesInForce(db, scopesOf(composite))
  const { composite: formula } = definition
  const isOther =
    inForce !== undefined && fingerprintOf(inForce.rules) !== fingerprintOf({ ...inForce.rules, revision, formula })
  if (isOther && inForce.isInUse)
    throw new Error('the pipeline calculates its score by another definition than the one in this file')
  const wanted = isOther ? settings.composite : (inForce?.rules.wanted ?? settings.composite)
  if (formula === undefined || wanted === undefined)
    throw new Error('spec.composite is missing, which says how often a score may be stored')
  return { revision, formula, wanted }
}

function outcomeCells(composite: SetComposite, outcome: StoredByHand): readonly string[] {
  if ('result' in outcome) return [...resultCells(composite, outcome.result), formatInstant(outcome.asOf)]
  const wait = `no: the last one is too young, or a new one under way; ask again in ${ageText(outcome.waitMs)}`
  return [...resultTitles(composite).map(() => '-'), wait]
}
