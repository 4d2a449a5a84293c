/** Where a command reads and writes. Results go to `write`, so that they can be piped; everything else to `complain`. */
export interface Terminal {
  readonly input: AsyncIterable<string | Uint8Array>
  readonly write: (text: string) => void
  readonly complain: (text: string) => void
}
