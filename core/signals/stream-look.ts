/** A stream and the pipeline's consumer group on it, as their server showed them at one instant. */
export interface StreamLook {
  readonly stream: string
  /** Undefined where there is no such stream. */
  readonly seen: SeenStream | undefined
}

export interface SeenStream {
  /** Milliseconds, by the server's clock. */
  readonly now: number
  readonly length: number
  /** Entries that it ever took; undefined where the server does not count them. */
  readonly entriesAdded: number | undefined
  /** The greatest id that it ever gave. */
  readonly lastId: string
  /** Of the entries that it holds; undefined when there are none. */
  readonly firstId: string | undefined
  readonly group: GroupLook | undefined
}

export interface GroupLook {
  readonly lastDeliveredId: string
  /** What the server says of it: often nothing, and at times too much or too little. */
  readonly lag: number | undefined
  readonly pending: number
  readonly oldestPendingId: string | undefined
  /** The first entry that was not delivered; undefined when all were. */
  readonly nextId: string | undefined
  /** Entries that were not delivered, one by one; undefined where nobody counted them. */
  readonly counted: { readonly entries: number; readonly isAll: boolean } | undefined
}
