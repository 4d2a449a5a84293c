import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, LOOPBACK } from '../../adapters/process/servers/free-port.ts'
import { OwnServer } from './own-server.ts'
import { selfSignedCertificate } from './self-signed-certificate.ts'

/** A Redis that also speaks TLS, with a certificate that only those trust who are given `environment`. */
export class TlsRedis implements AsyncDisposable {
  /** For the process that is to trust the certificate. */
  readonly environment: Readonly<Record<string, string>>
  readonly #server: OwnServer
  readonly #port: number

  private constructor(server: OwnServer, port: number, certificateFile: string) {
    this.#server = server
    this.#port = port
    this.environment = { NODE_EXTRA_CA_CERTS: certificateFile }
  }

  static async start(): Promise<TlsRedis> {
    const server = await OwnServer.redis({ durable: false })
    const files = { certificate: join(server.dataDir, 'tls.crt'), key: join(server.dataDir, 'tls.key') }
    const { certificate, key } = selfSignedCertificate()
    await writeFile(files.certificate, certificate)
    await writeFile(files.key, key)
    const port = await freePort()
    const redis = new Redis(server.url)
    const settings = {
      'tls-cert-file': files.certificate,
      'tls-key-file': files.key,
      'tls-auth-clients': 'no',
      'tls-port': String(port),
    }
    await redis.call('CONFIG', 'SET', ...Object.entries(settings).flat()).finally(() => redis.disconnect())
    return new TlsRedis(server, port, files.certificate)
  }

  /** Of a user that may do everything, without TLS. */
  get adminUrl(): string {
    return this.#server.url
  }

  urlOf(user: string, password: string): string {
    return `rediss://${user}:${password}@${LOOPBACK}:${this.#port}/0`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}
