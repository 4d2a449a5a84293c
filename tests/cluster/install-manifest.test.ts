import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { ApiObject } from '../support/cluster/api-client.ts'
import { ControlPlane } from '../support/cluster/control-plane.ts'
import { CRD_PATH } from '../support/cluster/release.ts'
import { kubectl } from '../support/cluster/run-tool.ts'
import { eventually } from '../support/eventually.ts'

const DIGEST = `sha256:${'0a'.repeat(32)}`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-manifest-'))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

/** The path of what `make manifest` makes. */
async function render(args: readonly string[] = []): Promise<string> {
  const out = join(folder, 'install.yaml')
  await promisify(execFile)(process.execPath, ['tools/render-install.ts', '--out', out, ...args])
  return out
}

async function renderObjects(args: readonly string[] = []): Promise<readonly ApiObject[]> {
  const text = await readFile(await render(args), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS())
}

test('kubectl apply takes it in one go, and again, and takes it back', { timeout: 180_000 }, async () => {
  await using plane = await ControlPlane.start()
  const manifest = await render(['--namespace', 'metrics'])
  expect(await kubectl(plane, ['apply', '-f', manifest])).toMatchObject({ code: 0, err: '' })
  const pods = '/api/v1/namespaces/metrics/pods?labelSelector=app.kubernetes.io/component%3Doperator'
  await eventually(async () => expect(await plane.api.list(pods)).toHaveLength(1)) // restricted pod security lets it in
  await eventually(async () => {
    const { conditions } = (await plane.api.get(CRD_PATH))['status']
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }))
  })
  const { code, out } = await kubectl(plane, ['apply', '-f', manifest])
  expect({ code, changed: out.match(/^.* (created|configured)$/gm) }).toEqual({ code: 0, changed: null })
  expect(await kubectl(plane, ['delete', '--wait=false', '-f', manifest])).toMatchObject({ code: 0, err: '' })
})

test('it begins with its namespace, says nothing of Helm, and runs nothing but the operator', async () => {
  const objects = await renderObjects()
  expect(objects[0]).toMatchObject({
    kind: 'Namespace',
    metadata: { name: 'metrics-pipeline-operator', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  expect(JSON.stringify(objects)).not.toMatch(/helm/i)
  expect(objects.filter(({ kind }) => ['Pod', 'Deployment', 'Job'].includes(kind))).toHaveLength(1)
})

test.each([
  ['mp:1.0', 'mp:1.0'],
  ['registry.example.com:5000/team/mp:1.0', 'registry.example.com:5000/team/mp:1.0'],
  ['registry.example.com:5000/team/mp', /^registry\.example\.com:5000\/team\/mp:\d+\.\d+\.\d+$/],
  [`registry.example.com/mp@${DIGEST}`, `registry.example.com/mp@${DIGEST}`],
  [`registry.example.com/mp:1.0@${DIGEST}`, `registry.example.com/mp@${DIGEST}`],
])('of the image %s it runs that', async (image, expected) => {
  const deployment = (await renderObjects(['--image', image])).find(({ kind }) => kind === 'Deployment')
  expect(deployment?.['spec'].template.spec.containers[0].image).toEqual(
    typeof expected === 'string' ? expected : expect.stringMatching(expected),
  )
})

test('of what is no name of an image it says so', async () => {
  await expect(render(['--image', 'mp:'])).rejects.toThrow(/--image: mp: is no name of an image/)
})
