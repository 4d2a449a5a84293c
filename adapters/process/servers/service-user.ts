import { readFile } from 'node:fs/promises'

export interface ServiceUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root. `nobody` is on every system; no user has to be made. */
const CANDIDATES = ['postgres', 'nobody']

/** Whom to run PostgreSQL as: nobody else unless this process is root. */
export async function findServiceUser(): Promise<ServiceUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of CANDIDATES) {
    const user = users.find((fields) => fields[0] === name)
    if (user !== undefined) return { name, uid: Number(user[2]), gid: Number(user[3]) }
  }
  return undefined
}
