/** Up to the last @ before a blank: in a password that nobody encoded there may be more of them, and slashes and quotes too. */
const PASSWORD_IN_URL = /(\/\/[^\s:/@]*:)\S*@/g

/** As parameters of a URL, or `name=value` as libpq takes them. */
const PASSWORD_AS_PARAMETER = /\b(password|passwd|pass|pwd|sslpassword|token|secret)=[^\s&]+/gi

/** As a header has them. */
const AUTHORIZATION = /\b(Bearer|Basic) [\w+/.~-]+=*/gi

/** A text for logs and people, without the passwords that URLs and headers in it hold. */
export function withoutCredentials(text: string): string {
  return text
    .replaceAll(PASSWORD_IN_URL, '$1***@')
    .replaceAll(PASSWORD_AS_PARAMETER, '$1=***')
    .replaceAll(AUTHORIZATION, '$1 ***')
}
