import { isMainThread } from 'node:worker_threads'
import { runProcess } from '../adapters/process/run-process.ts'

// One file for the process and for the threads that read what it is told; each loads only what it needs.
if (isMainThread) {
  const { runExporter } = await import('./run-exporter.ts')
  await runProcess((scope, stop) => runExporter(import.meta.url, scope, stop))
} else {
  const { answer } = await import('./reading-thread.ts')
  await answer()
}
