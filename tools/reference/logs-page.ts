import { LOG_FIELDS } from '../../adapters/telemetry/log-fields.ts'
import { code, table } from './markdown.ts'
import { notice, type Page } from './page.ts'

const INTRODUCTION = `# Logs

${notice('adapters/telemetry/log-fields.ts')}

Workers, the exporter and the operator write their logs to standard output, the aggregator to standard error, for its output is its result. Each
line is one JSON object:

\`\`\`json
{"level":"warn","time":"2026-03-01T12:00:00.000Z","component":"worker","consumer":"shops-worker-0","error":{"name":"Error","message":"connect ECONNREFUSED 127.0.0.1:5432","code":"ECONNREFUSED"},"attempt":2,"entries":300,"msg":"commit failed, entries stay pending"}
\`\`\`

\`time\` and \`level\` stand in every line, and \`msg\`, which never has variable text in it: whatever varies is in the fields below, so a query for a
message finds all of its lines. Passwords are in no line, whatever went wrong.

## Levels

| Level | Is for |
| --- | --- |
| \`error\` | Somebody has to do something: entries are lost, an entity cannot be computed. |
| \`warn\` | It did not work and is tried again, or somebody should know: a server is away, entries became dead letters. |
| \`info\` | Something began, ended or changed hands. |
| \`debug\` | What else helps to find out what goes on. |

\`LOG_LEVEL\` says from which level on lines are written; in a cluster it is \`spec.telemetry.logLevel\` of the pipeline, and \`logLevel\` of the chart for
the operator and exporters. A running process changes it by signal: from \`SIGUSR2\` on it writes everything, and after the next \`SIGUSR2\` as much as
before. Either way it says so. No restart is needed, so what a process is doing at that moment is seen. Elsewhere \`SIGUSR1\` is common for this; Node
keeps that one for its debugger.

\`\`\`sh
kubectl exec deployment/shops-worker -- node -e 'process.kill(1, "SIGUSR2")'    # one of its pods; the image has no kill
kill -USR2 4711                                                                  # a process of this machine
\`\`\`

## Fields`

export const logsPage: Page = { name: 'logs.md', write: pageText }

function pageText(): string {
  const rows = Object.entries(LOG_FIELDS).map(([name, { type, meaning }]) => [code(name), TYPES[type], `${meaning}.`])
  return `${INTRODUCTION}\n\n${table(['Field', 'Type', 'Meaning'], rows)}\n`
}

const TYPES = {
  text: 'text',
  number: 'number',
  texts: 'list of texts',
  numbers: 'list of numbers',
  counts: 'numbers by name',
  error: 'object',
} as const
