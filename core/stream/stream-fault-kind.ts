/** In which way entries were found to be gone from a stream before they were committed. Stored and counted under these names. */
export const STREAM_FAULT_KINDS = ['group-recreated', 'stream-regressed', 'entries-trimmed', 'entries-deleted'] as const

export type StreamFaultKind = (typeof STREAM_FAULT_KINDS)[number]
