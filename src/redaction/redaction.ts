/**
 * What of an exchange may be kept: decided here, once, when it becomes a record, before anything is written anywhere. By
 * default values are taken out; secrets always are.
 */
import type { MysqlExchange } from '../../parsers/exchange.ts'
import type { ParameterValue } from '../../parsers/mysql/binary-value.ts'
import type { SessionState } from '../../parsers/mysql/session-state.ts'
import { sqlModeOf } from '../digest/sql-mode.ts'
import { sqlCommands } from '../digest/sql-commands.ts'
import type { Tags } from '../digest/tags.ts'
import { withoutQuotedValues } from './error-message.ts'
import { SqlReader } from './redacted-sql.ts'
import { mayHoldSecret, withoutCredentials } from './secrets.ts'

export interface KeptStatement {
  /** Of the command's text, which need not be SQL. */
  statement: string | null
  tags: Tags | null
  /** Values were taken out; those of parameters and attributes must go too. */
  redacted: boolean
  errorMessage: string | null
}

export interface KeptSessionState {
  transactionCharacteristics: string | null
  sessionVariables: Record<string, string> | null
}

export interface KeptTarget {
  path: string | null
  query: string | null
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

export class Redaction {
  readonly #keepLiterals: boolean
  readonly #reader = new SqlReader()

  /** @param keepLiterals values stay, except where a secret may be one of them */
  constructor(keepLiterals: boolean) {
    this.#keepLiterals = keepLiterals
  }

  ofStatement(exchange: MysqlExchange): KeptStatement {
    const { command, text } = exchange
    // without its statement it is not known what its parameters and its error message hold
    if (text === null) return this.#kept(exchange, null, true, null)
    const statement = decoder.decode(text)
    if (!(command in sqlCommands)) return this.#kept(exchange, withoutCredentials(statement), !this.#keepLiterals, null)
    const secret = mayHoldSecret(statement)
    const redacted = secret || !this.#keepLiterals
    if (!redacted && !statement.includes('*/')) return this.#kept(exchange, statement, false, null)
    this.#reader.read(text, sqlModeOf(exchange))
    const { redacted: withoutValues, tags } = this.#reader
    if (secret) return this.#kept(exchange, withoutCredentials(withoutValues), true, null, true)
    return this.#kept(exchange, redacted ? withoutValues : statement, redacted, tags)
  }

  #kept(
    { errorMessage, errorCode }: MysqlExchange,
    statement: string | null,
    redacted: boolean,
    tags: Tags | null,
    secret = false,
  ): KeptStatement {
    const message =
      errorMessage === null
        ? null
        : withoutCredentials(redacted ? withoutQuotedValues(errorMessage, errorCode, secret) : errorMessage)
    return { statement, tags, redacted, errorMessage: message }
  }

  /** @param values parameters, or attributes by name, of a statement that need not be redacted */
  ofValues<Values extends ParameterValue[] | Record<string, ParameterValue>>(values: Values | null): Values | null {
    if (values === null) return null
    // a user and a password in a URL may be the value of any parameter
    return mayHoldSecret(JSON.stringify(values)) ? null : values
  }

  /** @param redacted the values of the statement that changed it were taken out */
  ofSessionState(state: SessionState | null, redacted: boolean): KeptSessionState {
    const characteristics = state?.transactionCharacteristics ?? null
    const variables = state?.variables ?? null
    if (characteristics !== null && redacted) this.#reader.read(encoder.encode(characteristics), 0)
    return {
      transactionCharacteristics: characteristics === null || !redacted ? characteristics : this.#reader.redacted,
      sessionVariables:
        variables === null
          ? null
          : Object.fromEntries(redacted ? [...variables.keys()].map((name) => [name, '?']) : variables),
    }
  }

  ofTarget(path: string | null, query: string | null): KeptTarget {
    return {
      path: path === null ? null : withoutCredentials(path),
      query:
        query === null
          ? null
          : this.#keepLiterals
            ? withoutSecretFields(withoutCredentials(query))
            : withoutFieldValues(query),
    }
  }
}

/** `a=1&b=2` becomes `a=?&b=?`; a field without a name is a value. */
function withoutFieldValues(query: string): string {
  return query
    .split('&')
    .map((field) => {
      const equals = field.indexOf('=')
      return field === '' ? '' : equals < 0 ? '?' : `${field.slice(0, equals + 1)}?`
    })
    .join('&')
}

function withoutSecretFields(query: string): string {
  return query.replaceAll(/((?:^|&)[^=&]*(?:passw|pwd)[^=&]*=)[^&]*/gi, '$1?')
}
