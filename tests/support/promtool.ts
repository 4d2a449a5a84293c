import { join } from 'node:path'
import { unpackDebianPackage } from '../../adapters/process/servers/debian-package.ts'
import { findOnPath } from '../../adapters/process/servers/find-on-path.ts'
import { outputOf } from '../../adapters/process/servers/output-of.ts'

const HOW_TO_INSTALL = `no promtool here, which checks alert rules. Install Prometheus with
  sudo apt-get install prometheus                 # Debian, Ubuntu
  sudo dnf install golang-github-prometheus       # Fedora
  brew install prometheus                         # macOS`

/** The path of promtool: the installed one, else that of this system's packages, unpacked once into the user's cache. */
export async function findPromtool(): Promise<string> {
  const log = (message: string) => console.error(`tests: ${message}`)
  const wanted = { title: 'Prometheus', names: ['prometheus'], file: 'usr/bin/promtool', find: promtoolIn }
  const found = (await findOnPath('promtool', process.env['PATH'] ?? '')) ?? (await unpackDebianPackage(wanted, log))
  if (found === undefined) throw new Error(HOW_TO_INSTALL)
  return found
}

async function promtoolIn(folder: string): Promise<string | undefined> {
  const file = join(folder, 'promtool')
  return (await outputOf(file, ['--version'])) === undefined ? undefined : file
}
