import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

/** What stays the same each time a folder's server starts. */
export interface ServerIdentity {
  readonly password: string
  /** The same as last time where it is still free, so that open dashboards and shells find the server again. */
  readonly port: number
}

const FILE = 'server.json'
const PASSWORD_BYTES = 18
const OWNER_ONLY = 0o600

/** Reads the identity kept in `folder`, or makes one. Others on this machine must not read it: loopback is open to all of them. */
export async function loadServerIdentity(folder: string): Promise<ServerIdentity> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, FILE)
  const kept = await readIdentity(path)
  const identity = {
    password: kept?.password ?? randomBytes(PASSWORD_BYTES).toString('base64url'),
    port: await freePort(kept?.port),
  }
  await writeFile(`${path}.new`, `${JSON.stringify(identity)}\n`, { mode: OWNER_ONLY })
  await rename(`${path}.new`, path) // a password lost halfway would lock the data away
  return identity
}

async function readIdentity(path: string): Promise<ServerIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as ServerIdentity)
}
