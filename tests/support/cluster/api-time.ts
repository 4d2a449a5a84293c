/** Now, to the second, as the API has most of its times. */
export function apiTime(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`
}

/** Now, to the microsecond, as leases have it. */
export function apiMicroTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
