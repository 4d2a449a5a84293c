// What `helm test` runs: asks the operator whether it is ready, and the API server whether it knows MetricsPipelines, for a minute at most.
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

const GIVE_UP_MS = 60_000
const AGAIN_MS = 2_000
const { OPERATOR_URL, API_URL, TOKEN_FILE } = process.env

await until('the operator is ready', async () => {
  await ask(`${OPERATOR_URL}/readyz`)
})
await until('the API server serves metricspipelines', async () => {
  const authorization = `Bearer ${await readFile(TOKEN_FILE, 'utf8')}`
  const { resources } = await (await ask(`${API_URL}/apis/metricspipelines.io/v1alpha1`, { authorization })).json()
  if (!resources.some(({ name }) => name === 'metricspipelines')) throw new Error('it knows the group, not the kind')
})

async function until(claim, prove) {
  for (;;) {
    const failure = await prove().then(
      () => undefined,
      (error) => error,
    )
    if (failure === undefined) return console.log(`yes: ${claim}`)
    if (performance.now() > GIVE_UP_MS) {
      console.error(`no: ${claim}: ${failure.cause?.message ?? failure.message}`)
      process.exit(1)
    }
    await wait(AGAIN_MS)
  }
}

async function ask(url, headers = {}) {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(AGAIN_MS) })
  if (response.ok) return response
  throw new Error(`${url} answers ${response.status}: ${(await response.text()).trim()}`)
}
