import { ServerError } from './server-error.ts'

const ATTEMPTS = 3
const TAKEN = /address already in use/i

/** Runs `start` again when another process took the port between its choice and its use. */
export async function retryTakenPort<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const taken = error instanceof ServerError && error.code === 'did-not-start' && TAKEN.test(error.message)
      if (!taken || attempt === ATTEMPTS) throw error
    }
  }
}
