import type { Requeue, WorkQueue } from '../adapters/kubernetes/work-queue.ts'
import type { Priority } from '../core/queue/pending-keys.ts'
import type { ExporterReconciler } from './exporter-reconciler.ts'
import type { PipelineReconciler } from './pipeline-reconciler.ts'
import { keyText, parseKey, type WorkKey } from './work-key.ts'

/** Pipelines come and go in bursts; each change of an exporter is a rollout, so that it waits until those that wait are made. */
const EXPORTER_DELAY_MS = 1_000

export interface Reconcilers {
  readonly pipelines: PipelineReconciler
  readonly exporters: ExporterReconciler
}

/** Notes that something about a pipeline or a namespace changed. */
export function enqueue(queue: WorkQueue, key: WorkKey, priority: Priority): void {
  const text = keyText(key)
  if ('pipeline' in key) queue.add(text, priority)
  else queue.addAfter(text, EXPORTER_DELAY_MS, 'low')
}

/** Reconciles what a key names. Watches forget nothing: the resync is for what none shows, such as time. */
export async function reconcileKey(
  text: string,
  { pipelines, exporters }: Reconcilers,
  resyncMs: number,
): Promise<Requeue> {
  const key = parseKey(text)
  const againMs =
    'pipeline' in key
      ? await pipelines.reconcile(key.namespace, key.pipeline)
      : await exporters.reconcile(key.namespace)
  return { afterMs: Math.min(againMs ?? resyncMs, resyncMs) }
}
