import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node'

/**
 * Names what failed once more below everything else, for whoever sees the end of a long log alone. Writes `N passed, N failed` to the file that
 * TEST_COUNTS_FILE names, for `.ci/run` to print last. A file that cannot be loaded and an error outside any test count as one failure each:
 * nothing fails unseen.
 */
export default class PlainCountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const failures = [
      ...modules.flatMap(failuresOf),
      ...unhandled.map(({ message }) => `outside any test: ${firstLine(message)}`),
    ]
    for (const failure of failures) process.stdout.write(`tests: failed: ${failure}\n`)
    const path = process.env.TEST_COUNTS_FILE
    if (path === undefined || path === '') return
    const counts = modules.map(countModule)
    const passed = counts.reduce((sum, count) => sum + count.passed, 0)
    const failed = counts.reduce((sum, count) => sum + count.failed, unhandled.length)
    writeFileSync(path, `${passed} passed, ${failed} failed\n`)
  }
}

function countModule(module: TestModule): { passed: number; failed: number } {
  const states = [...module.children.allTests()].map((test) => test.result().state)
  const failed = states.filter((state) => state === 'failed').length
  const failedAsWhole = !module.ok() && failed === 0
  return { passed: states.filter((state) => state === 'passed').length, failed: failedAsWhole ? 1 : failed }
}

/** A line each: the file, the test, and how its error begins. */
function failuresOf(module: TestModule): readonly string[] {
  const tests = [...module.children.allTests('failed')].map((test) => `${test.fullName}: ${reasonOf(test)}`)
  const groups = [module, ...module.children.allSuites()] // what fails before its tests fails them all
  const whole = groups.flatMap((group) => group.errors()).map(({ message }) => firstLine(message))
  return [...tests, ...whole].map((failure) => `${module.relativeModuleId}: ${failure}`)
}

function reasonOf(test: TestCase): string {
  return firstLine(test.result().errors?.[0]?.message ?? '')
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
