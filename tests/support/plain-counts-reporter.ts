import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/**
 * Writes `N passed, N failed` to the file that TEST_COUNTS_FILE names, for `.ci/run` to print last.
 * A file that cannot be loaded and an error outside any test count as one failure each: nothing fails unseen.
 */
export default class PlainCountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
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
