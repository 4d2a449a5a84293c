/**
 * A worker where throughput matters and memory does not, as docs/how-to/run-several-workers.md advises: a large heap
 * and large batches. Either alone gains little: a small heap is collected for each large batch again and again.
 */
export const ROOMY = { heap: 'large', batchSize: 5_000 } as const
