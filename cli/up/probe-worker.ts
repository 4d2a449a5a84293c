const TIMEOUT_MS = 1_000

/** `ready`, or why not. */
export async function probeWorker(port: number): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return response.ok ? 'ready' : (await response.text()).trim()
  } catch {
    return 'not running' // whatever the reason, nobody answers
  }
}
