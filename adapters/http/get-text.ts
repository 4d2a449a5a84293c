import { get, type IncomingMessage } from 'node:http'

export interface GetTextOptions {
  readonly signal: AbortSignal
  readonly mostBytes: number
}

export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError'

  constructor(mostBytes: number) {
    super(`the answer has more than ${mostBytes} bytes`)
  }
}

/**
 * What is served there, over a connection that is kept. The body is counted as it comes in: what a header says of its length is only said. No
 * redirect is followed. For whoever asks every second: `fetch` takes twice the processor time.
 */
export async function getText(
  url: string,
  { signal, mostBytes }: GetTextOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await answerOf(url, signal)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new AnswerTooLongError(mostBytes) // leaving the loop ends the connection
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
}

/** A connection that was kept may have been closed meanwhile. That is no answer, and the question is asked over another one. */
function answerOf(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let hasBegun = false
    const request = get(url, { signal }, (response) => {
      hasBegun = true
      resolve(response)
    }).on('error', (error) => {
      if (request.reusedSocket && !hasBegun && !signal.aborted) resolve(answerOf(url, signal))
      else reject(error)
    })
  })
}
