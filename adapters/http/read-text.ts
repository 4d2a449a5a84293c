export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError'

  constructor(mostBytes: number) {
    super(`the answer has more than ${mostBytes} bytes`)
  }
}

/** The whole body, counted as it comes in: what a header says of its length is only said. */
export async function readText({ body }: Response, mostBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let [bytes, text] = [0, '']
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new AnswerTooLongError(mostBytes) // leaving the loop ends the connection
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
