/**
 * Renders the chart into one manifest for `kubectl apply -f`: a namespace, and in it all that the chart makes by default.
 *
 *   node tools/render-install.ts [--out dist/install.yaml] [--namespace metrics-pipeline-operator] [--image name:tag]
 */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { type Document, isMap, parseAllDocuments } from 'yaml'
import { findTool } from '../tests/support/cluster/tools.ts'

const RELEASE = 'metrics-pipeline-operator'
const CHART = resolve(import.meta.dirname, '../charts/metrics-pipeline-operator')

/** What only Helm has a use for. */
const OF_HELM = [
  ['metadata', 'labels', 'helm.sh/chart'],
  ['spec', 'template', 'metadata', 'labels', 'helm.sh/chart'],
  ['metadata', 'labels', 'app.kubernetes.io/managed-by'],
  ['spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/managed-by'],
  ['metadata', 'annotations'], // of the CRD: that Helm is to keep it
]

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'dist/install.yaml' },
    namespace: { type: 'string', default: RELEASE },
    image: { type: 'string', default: '' },
  },
})

const helm = await findTool('helm', console.error)
const options = ['--no-hooks', '--namespace', values.namespace, ...imageValues(values.image)]
const { stdout } = await promisify(execFile)(helm, ['template', RELEASE, CHART, ...options])
const objects = parseAllDocuments(stdout.replaceAll(/^# Source: .*\n/gm, ''))
  .map(withoutHelm)
  .map((document) => document.toString({ lineWidth: 0 }))
await mkdir(dirname(values.out), { recursive: true })
await writeFile(values.out, [namespaceOf(values.namespace), ...objects].join(''))
process.stdout.write(`${values.out}: kubectl apply -f ${values.out}\n`)

/** `registry.example.com:5000/team/mp:1.0`, `mp@sha256:...`: what follows the last slash may have a tag or a digest. */
function imageValues(image: string): readonly string[] {
  if (image === '') return []
  const [, repository, tag, digest] = /^((?:[^@]*\/)?[^/:@]+)(?::([^/@]+))?(?:@(.+))?$/.exec(image) ?? []
  if (repository === undefined) throw new Error(`--image: ${image} is no name of an image`)
  const named = { repository, tag, digest }
  return Object.entries(named).flatMap(([name, value]) => (value ? ['--set-string', `image.${name}=${value}`] : []))
}

function withoutHelm(document: Document): Document {
  for (const path of OF_HELM) if (isMap(document.getIn(path.slice(0, -1)))) document.deleteIn(path)
  return document
}

function namespaceOf(name: string): string {
  return `apiVersion: v1
kind: Namespace
metadata:
  name: ${name}
  labels:
    pod-security.kubernetes.io/enforce: restricted
`
}
