import { defineConfig } from 'vitest/config'

const TIMEOUT_MS = 60_000 // generous: a busy two-core machine is slow, not wrong

/** Suites that talk to servers. They share one PostgreSQL and one Redis and run one file at a time. */
const WITH_SERVERS = '{contract,integration,faults,e2e}'

/** Suites that want a Kubernetes control plane as well. */
const ON_CLUSTER = ['tests/cluster/**/*.test.ts', 'tests/e2e/cluster/**/*.test.ts']

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/plain-counts-reporter.ts'],
    passWithNoTests: true,
    teardownTimeout: TIMEOUT_MS,
    projects: [
      {
        test: {
          name: 'pure',
          include: ['tests/{unit,property,simulation,scaling-lab}/**/*.test.ts'],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'servers',
          include: [`tests/${WITH_SERVERS}/**/*.test.ts`],
          exclude: ON_CLUSTER,
          globalSetup: ['./tests/support/shared-servers-setup.ts'],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'cluster',
          include: ON_CLUSTER,
          globalSetup: ['./tests/support/shared-control-plane-setup.ts', './tests/support/shared-servers-setup.ts'],
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
