// Every relative link in a document leads to a file or folder that is there, and its anchor to a heading of that document.
// Run by `make check`; exits with 1 and one line per finding. Links to other sites are not followed.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** Not ours, or made by us. */
const IGNORED_FOLDERS = ['node_modules', 'dist', 'coverage', '.git', '.mp', 'out']

/** Code between fences or backticks may look like a link. */
const CODE = /^ *(```|~~~)[\s\S]*?^ *\1 *$|(`+)(?!`)[\s\S]*?(?<!`)\2(?!`)/gm

/** `[text](target)`, `[text](<target> "title")`, and `[name]: target` on a line of its own. */
const LINK =
  /\]\(\s*<?([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)>?(?:\s+["'(][^\n]*?)?\s*\)|^ {0,3}\[[^\]\n]+\]:\s*<?([^\s<>]+)/gm

const ELSEWHERE = /^[a-z][a-z0-9+.-]*:|^\/\//i

const anchors = new Map<string, ReadonlySet<string>>()

const files = globSync('**/*.md', { exclude: (name) => IGNORED_FOLDERS.includes(name) }).sort()
const findings = files.flatMap(deadLinks)
for (const finding of findings) console.error(finding)
if (findings.length > 0) console.error(`${findings.length} findings in the links of documents`)
process.exitCode = findings.length > 0 ? 1 : 0

function deadLinks(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(CODE, (code) => code.replaceAll(/[^\n]/g, ' ')) // lines keep their numbers
  return [...text.matchAll(LINK)].flatMap((match) => {
    const target = match[1] ?? match[2] ?? ''
    const problem = ELSEWHERE.test(target) ? undefined : problemOf(file, target)
    return problem === undefined ? [] : [`${file}:${lineOf(text, match.index)}: ${target}: ${problem}`]
  })
}

function problemOf(file: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#') as [string, string?]
  const place = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)))
  if (path.startsWith('/') || place.startsWith('..')) return 'must be relative, and stay inside the project'
  if (!existsSync(place)) return `there is no ${place}`
  if (anchor === undefined || !place.endsWith('.md')) return undefined
  return anchorsOf(place).has(decodeURIComponent(anchor)) ? undefined : `${place} has no such heading`
}

function anchorsOf(file: string): ReadonlySet<string> {
  const known = anchors.get(file)
  if (known !== undefined) return known
  const found = new Set<string>()
  const fences = /^ *(```|~~~)[\s\S]*?^ *\1 *$/gm
  const text = readFileSync(file, 'utf8').replaceAll(fences, '')
  for (const [, heading = ''] of text.matchAll(/^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*$/gm))
    found.add(unusedSlug(heading, found))
  for (const [, name = ''] of text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) found.add(name)
  anchors.set(file, found)
  return found
}

/** As code hosts make them: lower case, no punctuation, dashes for spaces, and a number where a heading comes again. */
function unusedSlug(heading: string, used: ReadonlySet<string>): string {
  const plain = heading.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
  const slug = plain
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation} -]/gu, '')
    .trim()
    .replaceAll(' ', '-')
  let unused = slug
  for (let count = 1; used.has(unused); count += 1) unused = `${slug}-${count}`
  return unused
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
