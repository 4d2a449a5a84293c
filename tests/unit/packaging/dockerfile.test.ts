import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import packageJson from '../../../package.json' with { type: 'json' }

interface Instruction {
  readonly name: string
  readonly rest: string
}

const TEXT = readFileSync('Dockerfile', 'utf8')

/** One for each that Docker carries out, comments and line ends taken out. */
const INSTRUCTIONS: readonly Instruction[] = TEXT.replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }))

const rests = (wanted: string, among = INSTRUCTIONS) =>
  among.filter(({ name }) => name === wanted).map(({ rest }) => rest)

/** Of what becomes the image. */
const FINAL_STAGE = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex(({ name }) => name === 'FROM'))

describe('the Dockerfile', () => {
  test('asks for no frontend that would have to be fetched', () => {
    expect(TEXT).not.toMatch(/^#\s*syntax\s*=/m)
  })

  test('builds on one base of a named version, which can be given by digest', () => {
    expect(rests('ARG')).toEqual(['NODE_IMAGE=node:24-slim'])
    expect(rests('FROM')).toEqual(['$NODE_IMAGE AS build', '$NODE_IMAGE'])
  })

  test('runs the Node that tests run', () => {
    const [major] = process.versions.node.split('.')
    expect(rests('ARG')[0]).toContain(`:${major}-`)
  })

  test('fetches nothing but packages, locked', () => {
    expect(rests('ADD')).toEqual([])
    expect(rests('RUN')).toEqual(['npm ci --ignore-scripts --no-audit --no-fund', 'node tools/build-image.ts /app'])
  })

  test('puts into the image what was built, and nothing else', () => {
    expect(rests('COPY', FINAL_STAGE)).toEqual(['--from=build /app /app'])
    expect(rests('RUN', FINAL_STAGE)).toEqual([])
  })

  test('runs as nobody in particular, by number', () => {
    expect(rests('USER')).toEqual(['65532:65532'])
  })

  test('starts programs without a shell', () => {
    expect(rests('ENTRYPOINT')).toEqual(['[]'])
    expect(JSON.parse(rests('CMD')[0] ?? '')).toEqual(['mp', '--help'])
  })

  test('keeps no secret: nothing is given to it but the base', () => {
    expect(TEXT).not.toMatch(/token|password|secret|_authToken/i)
  })
})

test('package, image and chart are of one version', () => {
  const chart = parse(readFileSync('charts/metrics-pipeline-operator/Chart.yaml', 'utf8'))
  const { version } = packageJson
  expect(chart).toMatchObject({ version, appVersion: version })
  expect(rests('LABEL')[0]).toContain(`org.opencontainers.image.version="${version}"`)
})
