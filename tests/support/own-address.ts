import { networkInterfaces } from 'node:os'

/** An address of this machine that others can reach too: an API server passes nothing on to loopback ones. */
export function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)
  if (found === undefined)
    throw new Error('this machine has no address but loopback: give it one, a dummy interface will do')
  return found.address
}
