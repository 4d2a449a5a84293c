import { expect, test } from 'vitest'
import { withoutCredentials } from '../../../../core/text/without-credentials.ts'

test.each<[sentence: string, text: string, told: string]>([
  ['a password in a URL', 'no answer from redis://me:s3cret@host:6379/0', 'no answer from redis://me:***@host:6379/0'],
  ['one without a user', 'redis://:s3cret@host', 'redis://:***@host'],
  ['one with an @ that nobody encoded', 'postgres://me:s3c@ret@host/db now', 'postgres://me:***@host/db now'],
  ['one with slashes that nobody encoded', 'postgres://me:s3/c:r?e#t@host/db', 'postgres://me:***@host/db'],
  ['one of a user with an @', 'postgres://admin@srv:s3cret@host/db', 'postgres://admin@srv:***@host/db'],
  ['a token in the place of a user', 'no answer from https://t0ken@host/v1', 'no answer from https://***@host/v1'],
  ['one that is encoded', '"postgres://me:s%40cret@host/db"', '"postgres://me:***@host/db"'],
  ['one of which a client took the scheme away', 'connect ENOENT //me:s3cret@host/1', 'connect ENOENT //me:***@host/1'],
  ['two of them', 'redis://:one@a and postgresql://x:two@b', 'redis://:***@a and postgresql://x:***@b'],
  ['one with quotes', `"postgres://me:s3\\"c're't@host/db"`, '"postgres://me:***@host/db"'],
  ['rather too much than too little', 'redis://:one@a,redis://:two@b', 'redis://:***@b'],
  [
    'one as a parameter',
    'postgres://host/db?user=me&password=s3cret&x=1',
    'postgres://host/db?user=me&password=***&x=1',
  ],
  ['one as libpq takes it', 'host=a password=s3cret dbname=b', 'host=a password=*** dbname=b'],
  ['a token in a header', 'authorization: Bearer abc.def-ghi= x', 'authorization: Bearer *** x'],
  ['a URL without a password', 'http://127.0.0.1:8080/metrics', 'http://127.0.0.1:8080/metrics'],
  [
    'a user without a password',
    'no PostgreSQL answers at postgres://me@host:5432/db: x',
    'no PostgreSQL answers at postgres://me@host:5432/db: x',
  ],
  ['a port and an address elsewhere', 'http://host:80/ and me@mail', 'http://host:80/ and me@mail'],
])('%s', (_sentence, text, told) => {
  expect(withoutCredentials(text)).toBe(told)
})

test('a long text takes no longer than it is long', () => {
  const text = '//b:'.repeat(250_000)
  const startedAt = performance.now()
  expect(withoutCredentials(text)).toBe(text)
  expect(withoutCredentials(`${text}@`)).toBe('//b:***@')
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})
