/**
 * A kind of fuzzing: what is made up, what is done to it, and what must hold. fast-check runs it, so that a failure's
 * message carries the seed and the path of the smallest case; the cases themselves are lists of choices, which are cheap.
 */
import fc from 'fast-check'
import { Choices, plainer } from './choices.ts'

export interface Kind<Made = unknown> {
  name: string
  /** A sentence. */
  title: string
  /** How often something new is made up; in between, other things are done to what was. */
  casesForEach: number
  make(choices: Choices): Made
  /** @throws where something does not hold */
  check(made: Made, done: Choices): void
}

interface MadeUp<Made> {
  made: Made
  drawn: readonly number[]
}

interface Case<Made> {
  of: MadeUp<Made>
  done: Choices
}

/** Plainer cases that are tried of one that fails. */
const mostTried = 20_000

class Cases<Made> extends fc.Arbitrary<Case<Made>> {
  readonly #kind: Kind<Made>
  readonly #seed: number
  readonly #count: number
  #tried = 0
  readonly #known = new Map<number, MadeUp<Made>>()

  constructor(kind: Kind<Made>, seed: number, count: number) {
    super()
    this.#kind = kind
    this.#seed = seed
    this.#count = count
  }

  generate(random: fc.Random): fc.Value<Case<Made>> {
    const one = random.nextInt(0, this.#count - 1)
    const of = this.#known.get(one) ?? this.#makeUp(new Choices(Math.imul(this.#seed, 0x9e3779b1) + one))
    this.#known.set(one, of)
    return new fc.Value({ of, done: new Choices(random.nextInt()) }, undefined)
  }

  #makeUp(choices: Choices): MadeUp<Made> {
    const made = this.#kind.make(choices)
    return { made, drawn: choices.drawn }
  }

  canShrinkWithoutContext(_value: unknown): _value is Case<Made> {
    return true
  }

  shrink({ of, done }: Case<Made>): fc.Stream<fc.Value<Case<Made>>> {
    return fc.stream(this.#plainer(of, [...done.drawn]))
  }

  *#plainer(of: MadeUp<Made>, done: readonly number[]): Generator<fc.Value<Case<Made>>> {
    for (const drawn of plainer(of.drawn)) {
      if (this.#tried++ > mostTried) return
      yield new fc.Value({ of: this.#makeUp(new Choices(drawn)), done: new Choices(done) }, undefined)
    }
    for (const drawn of plainer(done)) yield new fc.Value({ of, done: new Choices(drawn) }, undefined)
  }
}

export interface FuzzRun {
  cases: number
  seed: number
  /** Of one case, as a failure's message gives it. */
  path?: string
  /** Called before each case. */
  onCase?: () => void
}

/** @throws with the seed and the path of the smallest case that fails */
export function fuzz<Made>(kind: Kind<Made>, { cases, seed, path = '', onCase = () => {} }: FuzzRun): void {
  const count = Math.max(1, Math.ceil(cases / kind.casesForEach))
  const property = fc.property(new Cases(kind, seed, count), ({ of, done }) => {
    onCase()
    kind.check(of.made, done)
  })
  const report = (details: fc.RunDetails<[Case<Made>]>): string => {
    const error = details.errorInstance instanceof Error ? details.errorInstance.stack : String(details.errorInstance)
    const [smallest] = details.counterexample ?? []
    const shown = smallest === undefined ? '' : JSON.stringify(smallest.of.made, hexadecimal)
    const again = `npm run fuzz -- --kind ${kind.name} --cases ${cases} --seed ${seed} --path ${details.counterexamplePath ?? ''}`
    return `${kind.title}: case ${details.numRuns} does not hold\n${again}\nmade: ${shown}\ndone: ${String(smallest?.done.drawn)}\n${error ?? ''}`
  }
  const details = fc.check(property, { numRuns: cases, seed, path, ...(path === '' ? {} : { endOnFailure: true }) })
  if (details.failed) throw new Error(report(details))
}

/** Buffers as JSON are lists of numbers. */
function hexadecimal(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('data' in value) || !Array.isArray(value.data)) return value
  return Buffer.from(value.data.map(Number)).toString('hex')
}
