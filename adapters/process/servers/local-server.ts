/** A server that the pipeline may use: found, or started for this process alone. */
export interface LocalServer {
  readonly url: string
  /** As the server tells it: `18.4`, `7.0.15`. */
  readonly version: string
  /** One clause for people: where it comes from and where its data is. */
  readonly how: string
  /** The process, when it is ours. */
  readonly pid: number | undefined
  /** Resolves when the server is gone. Does nothing to a server that was there before. */
  stop(): Promise<void>
}

export interface OpenServerOptions {
  /** Use this server and start none. */
  readonly url?: string | undefined
  /** Folder that belongs to this server alone. What is in it survives a restart. */
  readonly dataDir: string
  /** Takes sentences for people about what is being started, and where. */
  readonly log: (message: string) => void
  /** Ends the start, not the server. */
  readonly signal?: AbortSignal | undefined
  /** Whether data survives a power cut; throw-away servers are faster without. Default: true. */
  readonly durable?: boolean | undefined
}
