import { isMainThread } from 'node:worker_threads'
import { runProcess } from '../adapters/process/run-process.ts'

// One file for the process and for the thread that reads its settings; each loads only what it needs.
if (isMainThread) {
  const { runWorker } = await import('./run-worker.ts')
  await runProcess((scope, stop) => runWorker(import.meta.url, scope, stop))
} else {
  const { sendSettings } = await import('./settings-thread.ts')
  await sendSettings()
}
