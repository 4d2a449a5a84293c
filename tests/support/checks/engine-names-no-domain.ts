// The engine knows no domain: outside the first metric set, its views, examples, documentation and tests
// no source file may name what that set measures. Run by `make check`; exits with 1 and one line per finding.

import { globSync, readFileSync } from 'node:fs'

const DOMAIN_WORDS = /tutor(?!ial)|student/i
const CHECKED_FILES = /\.(ts|mjs|cjs|sql|lua|json|ya?ml)$/

/** Not ours, or made by us. */
const IGNORED_FOLDERS = ['node_modules', 'dist', 'coverage', '.git', '.mp', 'out']

/** Where the first domain is at home. */
const ALLOWED_FOLDERS = [
  'core/metric-sets/tutor-performance/',
  'adapters/postgres/views/tutor-performance/',
  'examples/',
  'docs/',
  'tests/',
  'bench/',
]

/** Lines elsewhere that have to name it: the built-in set is registered once, and its name is a value of the API. Keep this list short. */
const ALLOWED_LINES: readonly { readonly path: string; readonly line: RegExp }[] = [
  { path: 'core/metric-sets/built-in.ts', line: /tutor-performance|TutorPerformance|tutorPerformance/ },
  { path: 'crds/metricspipelines.yaml', line: /^ +- TutorPerformance$/ },
  { path: 'charts/metrics-pipeline-operator/files/metricspipelines.yaml', line: /TutorPerformance/ },
]

const files = globSync('**/*', { exclude: (name) => IGNORED_FOLDERS.includes(name) })
  .filter((path) => CHECKED_FILES.test(path) && !ALLOWED_FOLDERS.some((folder) => path.startsWith(folder)))
  .sort()

const findings = files.flatMap((path) => [...namedInPath(path), ...namedInText(path)])
for (const finding of findings) console.error(finding)
if (findings.length > 0) console.error(`${findings.length} places outside the first metric set name its domain`)
process.exitCode = findings.length > 0 ? 1 : 0

function namedInPath(path: string): string[] {
  return DOMAIN_WORDS.test(path) ? [`${path}: the file name belongs to the domain`] : []
}

function namedInText(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      DOMAIN_WORDS.test(line) && !isAllowed(path, line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
    )
}

function isAllowed(path: string, line: string): boolean {
  return ALLOWED_LINES.some((allowed) => allowed.path === path && allowed.line.test(line))
}
