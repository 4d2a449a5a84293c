import type { Pool } from 'pg'

/** What is read of the application's name of a session: which worker's it is. */
const WORKER = 'metrics-pipeline worker '

/** Whoever changes a shard, and whether by committing a batch; rolled back together with what it tells of. */
const INSTALL = `
  create table shard_audit (
    n bigint generated always as identity primary key, shard int not null, token bigint not null, owner text, session text not null,
    commits boolean not null, at timestamptz not null default clock_timestamp(), transaction xid not null default pg_current_xact_id()::xid
  );
  create function audit_shard() returns trigger language plpgsql as $$ begin
    insert into shard_audit (shard, token, owner, session, commits) values (new.shard, new.fencing_token, new.owner,
      current_setting('application_name'), new.committed_at is distinct from old.committed_at);
    return null;
  end $$;
  create trigger audit_shard after update on mp_shard for each row execute function audit_shard()`

const VIOLATIONS = `
  select format('shard %s: token %s after %s', shard, token, former) as violation
    from (select shard, token, lag(token) over (partition by shard order by n) as former from shard_audit) tokens where token < former
  union all
  select format('shard %s: %s committed under token %s, while the owner was %s', shard, session, token, coalesce(owner, 'nobody'))
    from shard_audit where commits and session is distinct from '${WORKER}' || owner
  union all
  select format('fact %s was written by a commit without a fence', id) from fact_order f
   where exists (select from mp_shard) and not exists (select from shard_audit a where a.commits and a.transaction = f.xmin)`

/** Watches, from inside the database, who commits which shard. */
export class ShardAudit {
  readonly #db: Pool

  private constructor(db: Pool) {
    this.#db = db
  }

  /** Before the first worker starts. */
  static async install(db: Pool): Promise<ShardAudit> {
    await db.query(INSTALL)
    return new ShardAudit(db)
  }

  /** Whatever was committed by somebody who did not hold its shard, a sentence each. */
  async violations(): Promise<readonly string[]> {
    const { rows } = await this.#db.query<{ violation: string }>(VIOLATIONS)
    return rows.map(({ violation }) => violation)
  }

  /** How long each shard lay idle, in seconds, after its owner had let it go and before the next one took it. */
  async handOvers(): Promise<readonly number[]> {
    const { rows } = await this.#db.query<{ seconds: number }>(
      `select extract(epoch from at - former_at)::float8 as seconds
         from (select token, owner, at, lag(at) over w as former_at, lag(owner) over w as former, lag(token) over w as former_token
                 from shard_audit window w as (partition by shard order by n)) changes
        where token > former_token and former is null`,
    )
    return rows.map(({ seconds }) => seconds)
  }
}
