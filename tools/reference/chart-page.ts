import { readFile } from 'node:fs/promises'
import { Document, isMap, type Node, parseDocument, type Scalar, type YAMLMap } from 'yaml'
import { code, table } from './markdown.ts'
import { notice, type Page } from './page.ts'

const SOURCE = 'charts/metrics-pipeline-operator/values.yaml'

const INTRODUCTION = `# Values of the chart

${notice(SOURCE)}

What \`helm install --set\` and \`--values\` take, for the chart \`charts/metrics-pipeline-operator\`. Whatever else is given, or given in another
form, is refused. [Install in a cluster](../how-to/install-in-a-cluster.md) uses the ones that matter first.`

interface Value {
  readonly path: string
  readonly fallback: unknown
  readonly description: string
}

type Values = YAMLMap<Scalar<string>, Node>

export const chartPage: Page = { name: 'chart.md', write: pageText }

async function pageText(): Promise<string> {
  const document = parseDocument(await readFile(new URL(`../../${SOURCE}`, import.meta.url), 'utf8'))
  const values = valuesIn(document.contents as unknown as Values, [], document.commentBefore)
  const rows = values.map(({ path, fallback, description }) => [
    code(path),
    fallback === '' ? '`""`' : code(fallback),
    description,
  ])
  return `${INTRODUCTION}\n\n${table(['Value', 'Default', 'Description'], rows)}\n`
}

/** What is said above a group stands before what is said of its first value. */
function valuesIn(group: Values, parents: readonly string[], above: string | null | undefined): readonly Value[] {
  return group.items.flatMap(({ key, value }, index) => {
    const path = [...parents, key.value]
    // The parser gives the first key's comment to the map that the key is in.
    const own = key.commentBefore ?? (index === 0 ? group.commentBefore : undefined)
    const comment = [index === 0 ? above : undefined, own].filter(Boolean).join('\n')
    if (isMap(value) && isGroup(value as Values)) return valuesIn(value as Values, path, comment)
    if (!own) throw new Error(`${SOURCE} does not say what ${path.join('.')} is`)
    const description = comment.replaceAll(/\s+/g, ' ').trim()
    return [{ path: path.join('.'), fallback: value?.toJS(new Document()), description }]
  })
}

/** Its values are told one by one. */
function isGroup({ commentBefore, items }: Values): boolean {
  return (
    Boolean(commentBefore) ||
    items.some(({ key, value }) => key.commentBefore || (isMap(value) && isGroup(value as Values)))
  )
}
