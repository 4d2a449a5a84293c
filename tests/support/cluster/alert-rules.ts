import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { findPromtool } from '../promtool.ts'
import { type ChartValues, renderChart } from './chart.ts'

interface Rule {
  readonly expr: string
}

export interface Alert extends Rule {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface Recording extends Rule {
  readonly record: string
}

export interface InputSeries {
  readonly series: string
  /** In promtool's words: `1x60` is 1, and then the same for 60 steps. */
  readonly values: string
}

export interface ExpectedSamples {
  readonly series: readonly InputSeries[]
  /** How far apart the values of a series are, and how often rules are evaluated. */
  readonly step: string
  readonly expr: string
  /** When, from the beginning on. */
  readonly at: string
  readonly samples: readonly { readonly labels: string; readonly value: number }[]
}

/** The rules of one PrometheusRule of the chart, in a file of their own for promtool. */
export class AlertRules implements AsyncDisposable {
  readonly rules: readonly (Alert | Recording)[]
  readonly #promtool: string
  readonly #folder: string

  private constructor(rules: readonly (Alert | Recording)[], promtool: string, folder: string) {
    this.rules = rules
    this.#promtool = promtool
    this.#folder = folder
  }

  /** `name` is that of the object, in the release `operator`. */
  static async rendered(name: string, values: ChartValues = {}): Promise<AlertRules> {
    const objects = await renderChart({ ...values, metrics: { prometheusRule: { enabled: true } } })
    const object = objects.find(({ kind, metadata }) => kind === 'PrometheusRule' && metadata.name === name)
    const spec = object?.['spec']
    const folder = await mkdtemp(join(tmpdir(), 'metrics-pipeline-alerts-'))
    const rules = new AlertRules(spec.groups[0].rules, await findPromtool(), folder)
    await writeFile(rules.#file, stringify(spec))
    return rules
  }

  get alerts(): readonly Alert[] {
    return this.rules.filter((rule) => 'alert' in rule)
  }

  /** What promtool says of them; throws what is wrong. */
  async check(): Promise<string> {
    const { stdout } = await promisify(execFile)(this.#promtool, ['check', 'rules', '--lint-fatal', this.#file])
    return stdout
  }

  /** Throws what comes out in place of what is expected. */
  async expect({ series, step, expr, at, samples }: ExpectedSamples): Promise<void> {
    const file = join(this.#folder, 'test.yaml')
    const wanted = {
      rule_files: [this.#file],
      evaluation_interval: step,
      tests: [
        {
          interval: step,
          input_series: series,
          promql_expr_test: [{ expr, eval_time: at, exp_samples: samples }],
        },
      ],
    }
    await writeFile(file, stringify(wanted))
    await promisify(execFile)(this.#promtool, ['test', 'rules', file])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #file(): string {
    return join(this.#folder, 'rules.yaml')
  }
}
