/** One mistake in a metric set's definition, or in what a pipeline adds to it. */
export interface Problem {
  /** Where it stands, from the pipeline's `metrics` section down: `definition.events.session.at`, `windows[1]`. */
  readonly path: string
  /** What is wrong, and what was probably meant. */
  readonly message: string
}

export type Report = (path: string, message: string) => void
