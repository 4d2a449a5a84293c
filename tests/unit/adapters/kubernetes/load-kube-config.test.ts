import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadKubeConfig } from '../../../../adapters/kubernetes/load-kube-config.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-kubeconfig-'))
  await writeFile(join(folder, 'token'), 'from-a-file')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each([
  ['a token', { token: 'in-line' }, 'Bearer in-line'],
  ['a file with a token, beside the kubeconfig', { tokenFile: 'token' }, 'Bearer from-a-file'],
])('a user with %s', async (_name, user, expected) => {
  const file = join(folder, 'config')
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  await writeFile(file, JSON.stringify(config))
  const options = { headers: {} as Record<string, string> }
  await loadKubeConfig(file).applyToHTTPSOptions(options)
  expect(options.headers['Authorization']).toBe(expected)
})
