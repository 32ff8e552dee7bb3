/** A file of filters, read again while a capture runs: what it says is added to what the command line says. */
import { readFileSync } from 'node:fs'
import type { ChangingSelectors, Selectors } from '../capture/selectors.ts'
import { QuerytapError } from '../querytap-error.ts'
import { type SelectorOptions, selectorOptions, selectorShape, selectorsOf } from './selector-options.ts'

/** Of one kind: the kernel holds the rules of before and after for a moment. */
const mostOfKind = 500

export class FilterFile implements ChangingSelectors {
  readonly #path: string
  readonly #given: SelectorOptions
  #inForce = ''
  /** Read once. Somebody may be writing it: it counts when it is read again the same. */
  #seen = ''
  #complaint = ''

  /** @param given on the command line */
  constructor(path: string, given: SelectorOptions) {
    this.#path = path
    this.#given = given
  }

  /** Throws where the file cannot be read or understood. */
  first(): Selectors {
    this.#inForce = this.#seen = this.#read()
    return this.#selectors(this.#seen)
  }

  refresh(take: (selectors: Selectors) => string[]): void {
    try {
      const before = this.#seen
      this.#seen = this.#read()
      if (this.#seen === this.#inForce) this.#complaint = ''
      if (this.#seen !== before || this.#seen === this.#inForce) return
      this.#inForce = this.#seen
      const unmatched = take(this.#selectors(this.#seen))
      this.#tell(`filters of ${this.#path} are in force`)
      for (const each of unmatched) this.#tell(each)
      this.#complaint = ''
    } catch (error) {
      if (!(error instanceof QuerytapError)) throw error
      if (error.message !== this.#complaint) this.#tell(`${error.message}; the filters before stay in force`)
      this.#complaint = error.message
    }
  }

  /** When the kernel has the rules too. */
  #tell(text: string): void {
    setImmediate(() => process.stderr.write(`querytap: ${text}\n`))
  }

  #read(): string {
    try {
      return readFileSync(this.#path, 'utf8')
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new QuerytapError('USAGE', `read filters: ${reason}`, { cause })
    }
  }

  #selectors(text: string): Selectors {
    const found: Record<string, string[]> = {}
    for (const [index, line] of text.split('\n').entries()) {
      const words = line.replace(/#.*/, '').trim()
      if (words === '') continue
      const [, name = '', value = ''] = /^(?:--)?([a-z-]+)(?:\s+|=)(\S.*)$/.exec(words) ?? []
      if (!Object.hasOwn(selectorShape, name)) {
        throw this.#refusal(index, `'${words}' is no filter`)
      }
      const result = selectorOptions.safeParse({ [name]: [value] })
      if (!result.success) throw this.#refusal(index, result.error.issues.map(({ message }) => message).join(', '))
      const values = (found[name] ??= [])
      values.push(value)
      if (values.length > mostOfKind) throw this.#refusal(index, `more than ${mostOfKind} of ${name}`)
    }
    return selectorsOf(together(this.#given, selectorOptions.parse(found)))
  }

  #refusal(index: number, reason: string): QuerytapError {
    const names = Object.keys(selectorShape).join(', ')
    return new QuerytapError('USAGE', `read filters: ${this.#path}:${index + 1}: ${reason}`, {
      hint: `one to a line, such as "port 3306"; there are ${names}`,
    })
  }
}

function together(one: SelectorOptions, other: SelectorOptions): SelectorOptions {
  const names = Object.keys(selectorShape) as (keyof SelectorOptions)[] // its own keys
  const all = names.map((name) => [name, [...one[name], ...other[name]]] as const)
  return Object.fromEntries(all) as unknown as SelectorOptions // each of the kind that both have there
}
