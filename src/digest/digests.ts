/**
 * Exchange in, digest out. A digest says what kind of request this is: SQL without its values, an HTTP method with host
 * and route, or the name of a command that has no text.
 */
import type { Exchange, HttpExchange, MysqlExchange } from '../../parsers/exchange.ts'
import { withoutCredentials } from '../redaction/secrets.ts'
import { type Digest, DigestTable, type DigestKind, maxDigests } from './digest-table.ts'
import { routeOf } from './route.ts'
import { ShapeCache } from './shape.ts'
import { sqlCommands } from './sql-commands.ts'
import { sqlModeOf } from './sql-mode.ts'
import { SqlNormaliser } from './sql-normaliser.ts'

const encoder = new TextEncoder()

/** Longer texts of HTTP digests are cut. */
const maxLineBytes = 2048

export class Digests {
  readonly table: DigestTable
  readonly #shapes = new ShapeCache()
  readonly #normaliser = new SqlNormaliser()
  /** Digests of prepared texts, whose bytes are the same object at each execution. */
  #prepared = new WeakMap<Uint8Array, Digest>()
  readonly #line = new Uint8Array(maxLineBytes + 4)
  readonly #lineWords = new Int32Array(this.#line.buffer)

  constructor(limit = maxDigests) {
    this.table = new DigestTable(limit)
  }

  of(exchange: Exchange): Digest {
    return exchange.protocol === 'mysql' ? this.#ofMysql(exchange) : this.#ofHttp(exchange)
  }

  /**
   * @param mode bits of {@link sqlMode}
   * @param cut the statement goes on where `text` ends
   */
  ofSql(text: Uint8Array, mode = 0, cut = false): Digest {
    const known = cut ? null : this.#shapes.find(text, text.length, mode)
    if (known === null) return this.#normal(text, mode, cut, null)
    if (known !== undefined) return this.table.use(known)
    const digest = this.#normal(text, mode, cut, null)
    this.#shapes.remember(digest)
    return digest
  }

  #normal(text: Uint8Array, mode: number, cut: boolean, prefix: Uint8Array | null): Digest {
    const written = this.#normaliser.normalise(text, text.length, mode, cut, prefix)
    const { bytes, words } = this.#normaliser.normal
    return this.table.intern(bytes, words, written, 'sql')
  }

  #ofMysql(exchange: MysqlExchange): Digest {
    const { command, text } = exchange
    if (text === null) return this.#ofLine(command, 'command')
    const cut = exchange.textLength > text.length
    if (command === 'COM_QUERY') return this.ofSql(text, sqlModeOf(exchange), cut)
    const prefix = sqlCommands[command]
    if (prefix === undefined) return this.#ofLine(command, 'command')
    if (prefix !== null) return this.#normal(text, sqlModeOf(exchange), cut, prefix)
    const known = this.#prepared.get(text)
    if (known !== undefined) return this.table.use(known)
    const digest = this.ofSql(text, sqlModeOf(exchange), cut)
    this.#prepared.set(text, digest)
    return digest
  }

  #ofHttp(exchange: HttpExchange): Digest {
    const { method, host, path } = exchange
    return this.#ofLine(
      `${method ?? '-'} ${host ?? '-'} ${path === null ? '-' : routeOf(withoutCredentials(path))}`,
      'http',
    )
  }

  #ofLine(line: string, kind: DigestKind): Digest {
    const { written } = encoder.encodeInto(line, this.#line)
    return this.table.intern(this.#line, this.#lineWords, Math.min(written, maxLineBytes), kind)
  }
}
