import { describe, expect, test } from 'vitest'
import { exporterObjects } from '../../../../core/operator/objects/exporter.ts'
import { serviceAccount } from '../../../../core/operator/objects/service-account.ts'
import { desired } from './world.ts'

const exporterAccount = (pullSecrets: readonly string[]) =>
  exporterObjects([desired()], { image: 'example/metrics:1', logLevel: 'info', pullSecrets }, false)[0]

describe.each([
  ['of a pipeline', (pullSecrets: readonly string[]) => serviceAccount(desired(), pullSecrets)],
  ['of the exporter', exporterAccount],
])('the account %s', (_name, account) => {
  test('has no token', () => {
    expect(account([])).toMatchObject({ kind: 'ServiceAccount', automountServiceAccountToken: false })
  })

  test('pulls images with the Secrets that are named', () => {
    expect(account(['registry', 'mirror'])).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }],
    })
  })

  test('leaves it to others to name some when none are', () => {
    expect(account([])).not.toHaveProperty('imagePullSecrets')
  })
})
