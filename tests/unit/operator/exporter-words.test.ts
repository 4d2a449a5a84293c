import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asOf } from '../../../core/signals/look-times.ts'
import type { NamespaceSignals, PipelineSignals } from '../../../core/signals/pipeline-signals.ts'
import { SignalsJournal } from '../../../core/signals/signals-journal.ts'
import { ExporterWords, NOT_UNDERSTOOD } from '../../../operator/exporter-words.ts'
import { signals } from '../core/operator/world.ts'

const MEMBER = { name: 'a', lastBeatAgeMs: 100, startedAt: '2026-03-01T08:00:00Z', busyMs: 5_000, entriesDone: 700 }
const SEEN = signals({}, { members: [MEMBER], deadLetters: { 'too-old': 2 } })
const BLIND: PipelineSignals = { ...SEEN, source: { unreachable: 'refused' } }

const LATER = '2026-03-01T12:00:05.000Z'

const VALUES = [null, 0, 1, -1, 6_000, 'ok', '', 'not a time', LATER, true, [], {}, [0], { a: 1 }]

/** An answer about one pipeline in which one field, however deep, is another, is gone, or has come. */
const anyChange = fc.record({
  path: fc.array(fc.nat(99), { maxLength: 4 }),
  value: fc.constantFrom(undefined, ...VALUES),
})

describe('whatever is said after something else means what it would mean by itself, but for the age of a sign of life', () => {
  test.each([
    ['of one that is seen', SEEN],
    ['of one whose source is not reached', BLIND],
  ])('%s', (_sentence, first) => {
    fc.assert(
      fc.property(anyChange, ({ path, value }) => {
        const text = answerOf(changed(first, path, value))
        const [alone, after] = [hearing(text), hearing(answerOf(first), text)]
        expect(ageless(after.of('flights'))).toEqual(ageless(alone.of('flights')))
      }),
      { numRuns: 2_000 },
    )
  })
})

test('of what is said again as it was the same is known, as of the newest look', () => {
  const words = hearing(answerOf(SEEN))
  const known = words.of('flights')
  const later = { ...SEEN, observedAt: LATER, source: { ...SEEN.source, observedAt: LATER } }
  words.take(answerOf(later))
  expect(words.of('flights')).toBe(known)
  expect(known?.signals).toEqual(later)
})

test('of what was not understood another is known once it is', () => {
  const words = hearing(answerOf({ ...SEEN, observedAt: 'once' }))
  expect(words.of('flights')).toEqual({ signals: undefined, trouble: NOT_UNDERSTOOD })
  words.take(answerOf(SEEN))
  expect(words.of('flights')).toMatchObject({ signals: SEEN, trouble: undefined })
})

test('an exporter that gives no cursor is of an older version: what it leaves out is gone', () => {
  const words = hearing(JSON.stringify({ pipelines: { flights: SEEN, hotels: SEEN } }))
  expect(words.cursor).toBe('')
  words.take(answerOf(SEEN))
  expect([words.of('flights')?.signals, words.of('hotels')]).toEqual([SEEN, undefined])
})

describe('what goes on from an answer before', () => {
  const AT = [LATER, LATER, LATER]
  const start = () =>
    hearing(JSON.stringify({ cursor: 'a.1', complete: true, pipelines: { flights: SEEN, cars: BLIND } }))
  const goingOn = (said: object) =>
    JSON.stringify({ cursor: 'a.2', complete: false, pipelines: {}, still: {}, ...said })

  test('leaves all else as it is', () => {
    const words = start()
    const [flights, cars] = [words.of('flights'), words.of('cars')]
    const full = signals({ backlog: 7 })
    expect(words.take(goingOn({ pipelines: { hotels: full }, still: { flights: AT } }))).toBe(true)
    expect(words.cursor).toBe('a.2')
    expect([words.of('flights'), words.of('cars')]).toEqual([flights, cars])
    expect(words.of('flights')?.signals).toMatchObject({ source: { observedAt: LATER }, load: SEEN.load })
    expect(words.of('cars')?.signals).toEqual(BLIND)
    expect(words.of('hotels')?.signals).toEqual(full)
  })

  test.each<[sentence: string, said: object]>([
    ['times of a pipeline that nobody knows', { still: { trains: AT } }],
    ['a time of a source that was not seen', { still: { cars: AT } }],
    ['no time of a source that was seen', { still: { flights: [LATER, null, LATER] } }],
  ])('is not taken for that: %s', (_sentence, said) => {
    const words = start()
    expect(words.take(goingOn(said))).toBe(false)
    expect(words.cursor, 'everything is asked for').toBe('')
  })

  test('is not taken for that where nothing was known', () => {
    expect(new ExporterWords(() => undefined).take(goingOn({}))).toBe(false)
  })

  test.each<[sentence: string, still: unknown]>([
    ['a text', 'now'],
    ['too few', [LATER]],
    ['no times', ['now', 'now', 'now']],
    ['nothing', null],
  ])('throws where times are %s', (_sentence, still) => {
    expect(() => start().take(goingOn({ still: { flights: still } }))).toThrow()
  })
})

const NAMES = ['flights', 'hotels', 'cars']

/** One look at one pipeline, a question, or another process in place of the one that was asked. */
const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ name: fc.constantFrom(...NAMES), sees: fc.nat(5), beatAgeMs: fc.nat(7_000) }) },
  { weight: 1, arbitrary: fc.record({ gone: fc.constantFrom(...NAMES) }) },
  { weight: 4, arbitrary: fc.constant('asked' as const) },
  { weight: 2, arbitrary: fc.constant('asked by another one' as const) },
  { weight: 1, arbitrary: fc.constant('restarted' as const) },
)

test('whoever asks now and then knows what whoever asks for everything is told, but for the age of a sign of life', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const seen = new Map<string, PipelineSignals>()
      const [words, others] = [new ExporterWords(fail), new ExporterWords(fail)]
      let journal = new SignalsJournal('0')
      for (const [second, step] of steps.entries()) {
        if (step === 'restarted') journal = new SignalsJournal(String(second))
        else if (step === 'asked' || step === 'asked by another one') {
          const asking = step === 'asked' ? words : others
          const everything: NamespaceSignals = { pipelines: Object.fromEntries(seen) }
          expect(asking.take(JSON.stringify(journal.since(asking.cursor, everything)))).toBe(true)
          for (const name of NAMES) expect(ageless(asking.of(name))).toEqual(ageless(knownAs(seen.get(name))))
        } else if ('gone' in step) seen.delete(step.gone)
        else seen.set(step.name, lookAt(step, second))
      }
    }),
    { numRuns: 500 },
  )
})

function lookAt({ sees, beatAgeMs }: { readonly sees: number; readonly beatAgeMs: number }, second: number) {
  const at = new Date(Date.UTC(2026, 2, 1) + second * 1_000).toISOString()
  const members = [{ ...MEMBER, lastBeatAgeMs: beatAgeMs }]
  const said = asOf(signals({ backlog: sees }, { members }), [at, at, at])
  return { ...said, ...(sees === 0 ? { source: { unreachable: 'refused' } } : {}) }
}

function knownAs(said: PipelineSignals | undefined) {
  return said === undefined ? undefined : { signals: said, trouble: undefined }
}

/** An age says nothing but whether a member is alive, and whether it may hold shards. */
function ageless(known: { readonly signals: unknown; readonly trouble: unknown } | undefined): unknown {
  if (known === undefined) return undefined
  const text = JSON.stringify({ signals: known.signals, trouble: known.trouble }, (key, value: unknown) =>
    key === 'lastBeatAgeMs' && typeof value === 'number' ? [value <= 5_000, value < 5_000] : value,
  )
  return JSON.parse(text)
}

function fail(): never {
  throw new Error('not understood')
}

function hearing(...texts: readonly string[]): ExporterWords {
  const words = new ExporterWords(() => undefined)
  for (const text of texts) words.take(text)
  return words
}

function answerOf(said: unknown): string {
  return JSON.stringify({ pipelines: { flights: said } })
}

/** Follows the path from field to field, by number, and puts the value at its end. */
function changed(said: unknown, [turn, ...rest]: readonly number[], value: unknown): unknown {
  if (turn === undefined || typeof said !== 'object' || said === null) return value
  const names = [...Object.keys(said), 'further']
  const name = names[turn % names.length] ?? ''
  const fields: Record<string, unknown> = { ...said }
  fields[name] = changed(fields[name], rest, value)
  return Array.isArray(said) ? Object.values(fields) : fields
}
