/** A URL has no blanks. Taken one by one, for a pattern that reaches to the last @ would look for it again from each slash. */
const WORD = /\S+/g

/** From a user to the end of what is looked at: a user may be an address with an @ of its own. */
const PASSWORD = /(\/\/[^:/]*:).*$/

/** Where nobody logs in by name, what stands in its place is a token. */
const TOKEN_IN_URL = /(https?:\/\/)[^\s:/]+@/gi

/** As parameters of a URL, or `name=value` as libpq takes them. */
const PASSWORD_AS_PARAMETER = /\b(password|passwd|pass|pwd|sslpassword|token|secret)=[^\s&]+/gi

/** As a header has them. */
const AUTHORIZATION = /\b(Bearer|Basic) [\w+/.~-]+=*/gi

/** A text for logs and people, without the passwords that URLs and headers in it hold. */
export function withoutCredentials(text: string): string {
  return text
    .replaceAll(WORD, withoutPassword)
    .replaceAll(TOKEN_IN_URL, '$1***@')
    .replaceAll(PASSWORD_AS_PARAMETER, '$1=***')
    .replaceAll(AUTHORIZATION, '$1 ***')
}

/** Up to the last @: in a password that nobody encoded there may be more of them, and slashes and quotes too. */
function withoutPassword(word: string): string {
  const end = word.lastIndexOf('@')
  return end === -1 ? word : word.slice(0, end).replace(PASSWORD, '$1***') + word.slice(end)
}
