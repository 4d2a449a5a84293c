import { spawn } from 'node:child_process'
import { RunningProcess } from '../running-process.ts'
import type { TestUser } from './test-namespace.ts'

export interface OperatorOptions {
  /** As whom it talks to the API server. */
  readonly user: Pick<TestUser, 'kubeconfig'>
  /** Of its Lease, and of the pipelines that it looks after unless `watch` says otherwise. */
  readonly namespace: string
  readonly watch?: readonly string[]
  readonly name?: string
  readonly image?: string
  /** Arguments of Node. Default: the source. */
  readonly program?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export const OPERAND_IMAGE = 'example/metrics-pipeline:1'

/** The operator as a process of its own. */
export class OperatorProcess extends RunningProcess implements AsyncDisposable {
  /** Starts it; resolves at once. */
  static start(options: OperatorOptions): OperatorProcess {
    const { user, namespace, watch = [namespace], name = 'operator-a', image = OPERAND_IMAGE } = options
    const child = spawn(process.execPath, options.program ?? ['operator/main.ts'], {
      env: {
        PATH: process.env['PATH'],
        KUBECONFIG: user.kubeconfig,
        OPERAND_IMAGE: image,
        POD_NAME: name,
        POD_NAMESPACE: namespace,
        WATCH_NAMESPACES: watch.join(),
        HTTP_PORT: '0',
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new OperatorProcess(child)
  }

  /** Starts it and waits until it leads. */
  static async leading(options: OperatorOptions): Promise<OperatorProcess> {
    const operator = OperatorProcess.start(options)
    await operator.saying(/operator leads/)
    return operator
  }

  /** Of its probes and metrics. */
  async port(): Promise<number> {
    const [, port] = await this.saying(/"port":(\d+)/)
    return Number(port)
  }

  /** How many passes it has made over pipelines, or over exporters. */
  async passes(subject: 'pipeline' | 'exporter'): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${await this.port()}/metrics`)).text()
    const count = new RegExp(`mp_operator_reconcile_duration_seconds_count\\{subject="${subject}"\\} (\\d+)`)
    return Number(count.exec(text)?.[1] ?? 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGTERM')
    await this.ended
  }
}
