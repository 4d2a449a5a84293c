import { expect, test } from 'vitest'
import { isServerUrl, type UrlServer } from '../../../../adapters/process/server-url.ts'

test.each<[sentence: string, text: string, server: UrlServer, isOne: boolean]>([
  ['a host', 'postgres://host', 'PostgreSQL', true],
  ['everything', 'postgresql://me:s3cret@host:5432/db?sslmode=require&application_name=a%40b', 'PostgreSQL', true],
  ['an encoded password', 'redis://me:s%40c%2Fr%3Fe%23t@host/0', 'Redis', true],
  ['an @ in a password, for the last one counts', 'redis://me:s3c@ret@host/0', 'Redis', true],
  ['a password as a parameter', 'postgres://host/db?password=s@cret', 'PostgreSQL', true],
  ['TLS', 'rediss://host', 'Redis', true],
  ['another server', 'redis://host', 'PostgreSQL', false],
  ['another scheme', 'mysql://host', 'PostgreSQL', false],
  ['a user and a password alone', 'me:s3cret', 'Redis', false],
  ['no URL', 's3cret', 'Redis', false],
  ['nothing', '', 'Redis', false],
  ['a slash in a password', 'redis://me:12/34@host/0', 'Redis', false],
  ['a slash after an @', 'redis://me:s3c@r/et@host/0', 'Redis', false],
  ['a question mark in a password', 'redis://me:12?34@host/0', 'Redis', false],
  ['a number sign in a password', 'redis://me:12#34@host/0', 'Redis', false],
])('%s', (_sentence, text, server, isOne) => {
  expect(isServerUrl(text, server)).toBe(isOne)
})
