/** Where a statement may hold a password that was not written as a string: what the digest must not take for a name. */
import { token } from './token.ts'
import { meaning } from './words.ts'

/** Words after which it is worth to look. */
export const secretWords = meaning.secret | meaning.password | meaning.server

export class Secrets {
  /** Meanings of the statement's first word. */
  #verb = 0
  #follow = false

  begin(): void {
    this.#verb = 0
    this.#follow = false
  }

  verb(flags: number): void {
    this.#verb = flags
  }

  /** A word with one of {@link secretWords}. @param before meanings of the word before it */
  word(flags: number, before: number): void {
    const verb = this.#verb
    if ((flags & meaning.secret) !== 0) this.#follow = true
    else if ((flags & meaning.server) !== 0) this.#follow ||= (before & meaning.define) !== 0
    else if ((verb & meaning.set) !== 0) this.#follow ||= (before & meaning.set) !== 0
    else this.#follow ||= (verb & meaning.account) !== 0
  }

  /** @returns a name may be a secret without its quotes, after a token of this kind or a word with these meanings */
  follow(previous: number, meanings: number): boolean {
    if (!this.#follow) return false
    switch (previous) {
      case token.operator:
      case token.unary:
      case token.string:
      case token.value:
      case token.open:
        return true
      default:
        return (meanings & meaning.bySecret) !== 0
    }
  }
}
