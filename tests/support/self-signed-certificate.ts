import { createSign, generateKeyPairSync } from 'node:crypto'

export interface Certificate {
  /** PEM. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
}

/** Tags of DER. */
const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, text: 12, time: 24, sequence: 0x30, set: 0x31 }
const VERSION = 0xa0
const EXTENSIONS = 0xa3
const IP_ADDRESS = 0x87

const LONG_FORM = 0x80
const OID = {
  commonName: '550403',
  alternativeNames: '551d11',
  basicConstraints: '551d13',
  signature: '2a8648ce3d040302',
}
const LOOPBACK = Buffer.from([127, 0, 0, 1])

const BEGINS = '20200101000000Z'
const ENDS = '20991231235959Z'

/** For a server at 127.0.0.1 and, since it vouches for itself, for whoever is to trust it. */
export function selfSignedCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid(OID.signature)) // ECDSA with SHA-256
  const name = sequence(der(TAG.set, sequence(oid(OID.commonName), der(TAG.text, 'a server of a test'))))
  const body = sequence(
    der(VERSION, der(TAG.integer, Buffer.from([2]))), // the third, counted from 0
    der(TAG.integer, Buffer.from([1])),
    algorithm,
    name,
    sequence(der(TAG.time, BEGINS), der(TAG.time, ENDS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      EXTENSIONS,
      sequence(
        extension(OID.basicConstraints, sequence(der(TAG.boolean, Buffer.from([0xff])))),
        extension(OID.alternativeNames, sequence(der(IP_ADDRESS, LOOPBACK))),
      ),
    ),
  )
  const signature = createSign('sha256').update(body).sign(privateKey)
  const signed = sequence(body, algorithm, der(TAG.bits, Buffer.from([0]), signature))
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${signed.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(TAG.octets, value))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, ...parts)
}

function oid(hex: string): Buffer {
  return der(TAG.oid, Buffer.from(hex, 'hex'))
}

/** Tag, length, content. */
function der(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  return Buffer.concat([Buffer.from([tag, ...sizeOf(content)]), content])
}

/** In as few bytes as it can be said: Go refuses any other. */
function sizeOf({ length }: Buffer): number[] {
  if (length < LONG_FORM) return [length]
  return length <= 0xff ? [LONG_FORM + 1, length] : [LONG_FORM + 2, length >> 8, length & 0xff]
}
