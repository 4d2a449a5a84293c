import { randomBytes } from 'node:crypto'
import { eventually } from './eventually.ts'
import type { PipelineOnServers } from './pipeline-on-servers.ts'

const NAME_BYTES = 4

/** A user of a pipeline's PostgreSQL and Redis who may do everything, and whose password on both is changed at will. */
export class RotatingUser implements AsyncDisposable {
  readonly name: string
  readonly #servers: PipelineOnServers

  private constructor(servers: PipelineOnServers, name: string) {
    this.#servers = servers
    this.name = name
  }

  static async create(servers: PipelineOnServers, password: string): Promise<RotatingUser> {
    const user = new RotatingUser(servers, `rotating_${randomBytes(NAME_BYTES).toString('hex')}`)
    await servers.db.query(`create role ${user.name} superuser login`)
    await user.setPassword(password)
    return user
  }

  async setPassword(password: string): Promise<void> {
    await this.#servers.db.query(`alter role ${this.name} password '${password}'`)
    const rights = ['~*', '&*', '+@all']
    await this.#servers.redis.call('ACL', 'SETUSER', this.name, 'on', 'resetpass', `>${password}`, ...rights)
  }

  /** The pipeline's connections as this user. */
  urls(password: string): Pick<PipelineOnServers, 'databaseUrl' | 'redisUrl'> {
    const as = (url: string) => Object.assign(new URL(url), { username: this.name, password }).href
    return { databaseUrl: as(this.#servers.databaseUrl), redisUrl: as(this.#servers.redisUrl) }
  }

  /** Until every session under a former password is over, those that were on their way in among them. */
  async endSessions(until: () => void | Promise<void>): Promise<void> {
    await eventually(async () => {
      await this.#servers.redis.call('CLIENT', 'KILL', 'USER', this.name)
      await this.#servers.db.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
        this.name,
      ])
      await until()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers.redis.call('ACL', 'DELUSER', this.name)
    await this.#servers.db.query(`reassign owned by ${this.name} to current_user; drop role ${this.name}`)
  }
}
