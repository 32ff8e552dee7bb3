/** What runs now, as the capture saw it last: all rows are replaced by each look. */
import type { Database, Statement } from 'better-sqlite3'
import type { Digest } from '../digest/digest-table.ts'
import type { MysqlRecord } from '../record.ts'
import type { StoreIdentities } from './identities.ts'

export interface RunningStatement {
  readonly record: MysqlRecord
  readonly digest: Digest
  /** Nanoseconds since 1970. */
  readonly startedAt: bigint
}

export class RunningRows {
  readonly #clear: Statement
  readonly #insert: Statement
  readonly #identities: StoreIdentities
  #empty = false

  constructor(database: Database, identities: StoreIdentities) {
    this.#identities = identities
    this.#clear = database.prepare('DELETE FROM running')
    this.#insert = database.prepare(`INSERT INTO running (run, protocol, startedAt, seenAt, digest, client, clientPort,
        clientPid, server, user, database, connectionId, command, statement, statementBytes)
      VALUES (@run, @protocol, @startedAt, @seenAt, @digest, @client, @clientPort,
        @clientPid, @server, @user, @database, @connectionId, @command, @statement, @statementBytes)`)
  }

  /** Whether there is nothing to write. */
  same(running: readonly RunningStatement[]): boolean {
    return this.#empty && running.length === 0
  }

  /** @param seenAt nanoseconds since 1970 */
  write(run: number, running: readonly RunningStatement[], seenAt: bigint): void {
    this.#clear.run()
    for (const { record, digest, startedAt } of running) {
      const { protocol, client, server, user, database, connectionId, command, statement, statementBytes } = record
      this.#insert.run({
        run,
        protocol,
        startedAt,
        seenAt,
        digest: this.#identities.digests.idOf({ digest, protocol }),
        client: this.#identities.endpoints.idOf({ ...client, port: null }),
        clientPort: client.port,
        clientPid: client.pid,
        server: this.#identities.endpoints.idOf(server),
        user,
        database,
        connectionId,
        command,
        statement,
        statementBytes,
      })
    }
    this.#empty = running.length === 0
  }
}
