/** What one reconcile is about: a pipeline, or the exporter of a namespace. */
export type WorkKey = { readonly namespace: string; readonly pipeline: string } | { readonly namespace: string }

/** `team/orders`, or `team` for the exporter. */
export function keyText(key: WorkKey): string {
  return 'pipeline' in key ? `${key.namespace}/${key.pipeline}` : key.namespace
}

export function parseKey(text: string): WorkKey {
  const [namespace = '', pipeline] = text.split('/')
  return pipeline === undefined ? { namespace } : { namespace, pipeline }
}
