import { expect, test } from 'vitest'
import { findTrouble } from '../../../../core/operator/pod-trouble.ts'
import { workerPod } from './world.ts'

const waiting = (reason: string, message?: string) => ({
  containerStatuses: [{ state: { waiting: { reason, message } } }],
})

test.each([
  ['a pod that starts has none', waiting('ContainerCreating'), undefined],
  ['a pod that runs has none', { containerStatuses: [{ state: { running: {} } }] }, undefined],
  [
    'a container that ended well has none',
    { containerStatuses: [{ state: { terminated: { exitCode: 0 } } }] },
    undefined,
  ],
  [
    'an image that is not to be had',
    waiting('ErrImagePull', 'not found: example/none'),
    { reason: 'ErrImagePull', message: 'not found: example/none' },
  ],
  [
    'no node that fits',
    { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] },
    { reason: 'Unschedulable', message: '0/3 nodes' },
  ],
  [
    'a crash is told by the last line that says something',
    {
      containerStatuses: [
        {
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
          lastState: {
            terminated: {
              exitCode: 2,
              reason: 'Error',
              message: 'starting\nREDIS_URL: is not set\n    at main.ts:1\n\n',
            },
          },
        },
      ],
    },
    { reason: 'CrashLoopBackOff', message: 'exit code 2: REDIS_URL: is not set' },
  ],
  [
    'a log line is told by its message and that of its error',
    {
      containerStatuses: [
        {
          state: {
            terminated: {
              exitCode: 1,
              message:
                '{"level":"info","msg":"starts"}\n{"level":"error","msg":"no start","error":{"message":"refused"}}\n',
            },
          },
        },
      ],
    },
    { reason: 'Error', message: 'exit code 1: no start: refused' },
  ],
  [
    'a line of JSON that was cut off is told as it is',
    { containerStatuses: [{ state: { terminated: { exitCode: 1, message: '{"level":"err' } } }] },
    { reason: 'Error', message: 'exit code 1: {"level":"err' },
  ],
  [
    'a container that crashes again and again is in trouble while it runs, too',
    {
      containerStatuses: [
        {
          ready: false,
          restartCount: 3,
          state: { running: {} },
          lastState: { terminated: { exitCode: 2, message: 'REDIS_URL: is not set' } },
        },
      ],
    },
    { reason: 'CrashLoopBackOff', message: 'exit code 2: REDIS_URL: is not set' },
  ],
  [
    'a container that crashed once and starts again is not',
    {
      containerStatuses: [
        { ready: false, restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 137 } } },
      ],
    },
    undefined,
  ],
  [
    'a process that was killed said nothing',
    { containerStatuses: [{ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }] },
    { reason: 'OOMKilled', message: 'exit code 137: OOMKilled' },
  ],
])('%s', (_name, status, expected) => {
  const found = findTrouble([workerPod('w', status)])
  expect(found).toEqual(expected === undefined ? undefined : { pod: 'w', ...expected })
})

test('the newest pod is asked first, and one that is about to go not at all', () => {
  const pod = (name: string, creationTimestamp: string, more = {}) => {
    const made = workerPod(name, waiting('ErrImagePull'))
    return { ...made, metadata: { ...made.metadata, creationTimestamp, ...more } }
  }
  const old = pod('old', '2026-01-01T00:00:00Z')
  const latest = pod('new', '2026-01-02T00:00:00Z')
  expect(findTrouble([old, latest])?.pod).toBe('new')
  expect(
    findTrouble([old, pod('new', '2026-01-02T00:00:00Z', { deletionTimestamp: '2026-01-03T00:00:00Z' })])?.pod,
  ).toBe('old')
})
