/** A server of these that a URL may lead to, and what such URLs begin with. */
const SCHEMES = { PostgreSQL: ['postgres:', 'postgresql:'], Redis: ['redis:', 'rediss:'] } as const

export type UrlServer = keyof typeof SCHEMES

/**
 * Whether this is a URL of such a server. Clients take what is none for a file, or a part of it for an address, and tell it in their errors. An
 * @ behind the address means that somebody wrote a password into it as it is, so that a part of that stands where the address should.
 */
export function isServerUrl(text: string, server: UrlServer): boolean {
  if (!URL.canParse(text)) return false
  const { pathname, search, hash } = new URL(text)
  return beginsLike(text, server) && hash === '' && !pathname.includes('@') && !/^\?[^=]*@/.test(search)
}

/** Whether somebody meant it to be one. */
export function beginsLike(text: string, server: UrlServer): boolean {
  return SCHEMES[server].some((scheme) => text.toLowerCase().startsWith(`${scheme}//`))
}
