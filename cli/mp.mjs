#!/usr/bin/env node
// Runs on any Node from 20 on, hence plain JavaScript: where that is too old, the Node that npm installed here takes over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
const readsTypeScript = major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
const source = new URL('./main.ts', import.meta.url)
// Node reads no TypeScript in node_modules, so the package that npm installs has no source, but what `make build` makes of it.
const main = existsSync(source) ? source : new URL('../dist/mp.mjs', import.meta.url)

if (readsTypeScript) {
  await import(main.href)
} else {
  const node = installedNode()
  if (node === undefined) refuse()
  else runWith(node)
}

function installedNode() {
  const { resolve } = createRequire(import.meta.url)
  const packages = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`, 'node']
  return packages
    .flatMap((name) => {
      try {
        return [join(dirname(resolve(`${name}/package.json`)), 'bin/node')]
      } catch {
        return [] // not installed
      }
    })
    .find((path) => existsSync(path))
}

function refuse() {
  process.stderr.write(
    `error: mp needs Node 22.18 or newer, and this is ${process.version}; run npm ci in ${fileURLToPath(new URL('..', import.meta.url))}, which installs one, or install Node 24\n`,
  )
  process.exitCode = 1
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  // At a terminal Ctrl-C reaches both; passed on it would be the child's second, which ends it at once. All else reaches this one only.
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGINT', () => atTerminal || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`error: ${node} does not start: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
