import type { Result } from '../contest.ts'
import { TARGET_LATENCY_SECONDS } from '../load.ts'
import type { Outcome } from '../run-load.ts'

const WIDTH = 760
const LEFT = 44
const RIGHT = 12
const PANEL = 120
const GAP = 34
const TOP = 30
const HEIGHT = TOP + 2 * PANEL + GAP + 26

/** Ages beyond this are drawn at the panel's edge. */
const GREATEST_AGE = 4 * TARGET_LATENCY_SECONDS

/** The worst of so many equal parts of the time is drawn. */
const PARTS = 240

/** Of middling lightness, so that they can be told on white as on black. */
const COLOURS = ['#3b82f6', '#e07b00', '#a855f7', '#16a34a']

/** Replicas and the oldest entry's age over time, of up to four scalers, as an SVG that fits a light and a dark page. */
export function plot({ load, outcomes }: Result, scalers: readonly string[]): string {
  const drawn = scalers.flatMap((scaler, i) => {
    const outcome = outcomes.get(scaler)
    return outcome === undefined ? [] : [{ scaler, outcome, colour: COLOURS[i] ?? '' }]
  })
  const greatest = Math.max(...drawn.flatMap(({ outcome }) => outcome.changes.map(({ to }) => to)), 1)
  const ageTop = TOP + PANEL + GAP
  const lines = drawn.map(
    ({ outcome, colour }, i) =>
      `<g stroke="${colour}" stroke-width="${i === 0 ? 2 : 1.2}" fill="none">` +
      `<path d="${replicasPath(outcome, load.seconds, greatest)}"/><path d="${agePath(outcome, load.seconds, ageTop)}"/></g>`,
  )
  const legend = drawn.map(
    ({ scaler, colour }, i) =>
      `<path d="M${LEFT + i * 175} 14h18" stroke="${colour}" stroke-width="2.5"/><text x="${LEFT + 23 + i * 175}" y="18">${scaler}</text>`,
  )
  const targetY = ageY(TARGET_LATENCY_SECONDS, ageTop)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="sans-serif" font-size="11">`,
    `<title>${load.name}: replicas, and the age of the oldest entry</title>`,
    '<style>text{fill:#57606a}.frame{stroke:#d0d7de}@media(prefers-color-scheme:dark){text{fill:#9198a1}.frame{stroke:#3d444d}}</style>',
    ...legend,
    frame(TOP, 'replicas', [
      [replicasY(0, greatest), '0'],
      [replicasY(greatest, greatest), String(greatest)],
    ]),
    frame(ageTop, 'age of the oldest entry', [
      [ageY(0, ageTop), '0 s'],
      [targetY, `${TARGET_LATENCY_SECONDS} s`],
      [ageY(GREATEST_AGE, ageTop), `${GREATEST_AGE} s`],
    ]),
    `<path class="frame" d="M${LEFT} ${targetY}H${WIDTH - RIGHT}" stroke-dasharray="4 3"/>`,
    ...lines.reverse(), // the first on top
    ...timeMarks(load.seconds),
    '</svg>',
    '',
  ].join('\n')
}

function frame(top: number, name: string, marks: readonly (readonly [y: number, text: string])[]): string {
  const texts = marks.map(([y, text]) => `<text x="${LEFT - 5}" y="${y + 4}" text-anchor="end">${text}</text>`)
  return (
    `<text x="${LEFT + 6}" y="${top + 14}">${name}</text>` +
    `<rect class="frame" x="${LEFT}" y="${top}" width="${WIDTH - LEFT - RIGHT}" height="${PANEL}" fill="none"/>${texts.join('')}`
  )
}

function timeMarks(seconds: number): readonly string[] {
  return [0, 1, 2, 3, 4].map((quarter) => {
    const minutes = (seconds * quarter) / 4 / 60
    const text = seconds >= 10 * 3_600 ? `${minutes / 60} h` : `${minutes} min`
    const anchor = quarter === 0 ? 'start' : quarter === 4 ? 'end' : 'middle'
    return `<text x="${x((seconds * quarter) / 4, seconds)}" y="${HEIGHT - 8}" text-anchor="${anchor}">${text}</text>`
  })
}

function replicasPath({ changes }: Outcome, seconds: number, greatest: number): string {
  const steps = changes.map(({ second, to }) => `H${x(second, seconds)}V${replicasY(to, greatest)}`)
  return `M${LEFT} ${replicasY(changes[0]?.from ?? 1, greatest)}${steps.join('')}H${WIDTH - RIGHT}`
}

function agePath({ ages }: Outcome, seconds: number, top: number): string {
  const length = seconds / PARTS
  const points = Array.from({ length: PARTS }, (_, i) => {
    const worst = Math.max(...ages.slice(Math.floor(i * length), Math.floor((i + 1) * length)))
    return `${x((i + 0.5) * length, seconds)} ${ageY(worst, top)}`
  })
  return `M${points.join('L')}`
}

function x(second: number, seconds: number): number {
  return rounded(LEFT + ((WIDTH - LEFT - RIGHT) * second) / seconds)
}

function replicasY(replicas: number, greatest: number): number {
  return rounded(TOP + PANEL - (PANEL * replicas) / greatest)
}

function ageY(age: number, top: number): number {
  return rounded(top + PANEL - (PANEL * Math.min(age, GREATEST_AGE)) / GREATEST_AGE)
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10
}
