import { spawn } from 'node:child_process'
import { RunningProcess } from '../running-process.ts'

const PROGRAM = new URL('contender.ts', import.meta.url).pathname

/** A process that wants to lead; `identity` is its user agent, too. */
export class Contender extends RunningProcess implements AsyncDisposable {
  constructor(kubeConfig: string, namespace: string, identity: string) {
    super(
      spawn(process.execPath, [PROGRAM], {
        env: { PATH: process.env['PATH'], KUBECONFIG: kubeConfig, NAMESPACE: namespace, IDENTITY: identity },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGCONT')
    this.kill('SIGKILL')
    await this.ended
  }
}
