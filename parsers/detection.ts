/**
 * Which protocol a connection speaks, and which of its two directions is the client's. Decided on runs (bytes of one
 * direction up to the next of the other), never on chunks, so that no split of the traffic changes the verdict.
 */
import { looksLikeRequest, looksLikeResponse } from './http/detection.ts'
import { isGreeting, looksLikeAnswer, looksLikeCommand, looksLikeGreeting } from './mysql/detection.ts'
import type { Side } from './parser.ts'
import { ProxyHeader } from './proxy-header.ts'

/** The two ways that bytes go, by whatever names the source has for them. */
export type Way = 0 | 1

export function sideOf(way: Way, client: Way): Side {
  return way === client ? 'client' : 'server'
}

/** What is spoken, and the way of the end that asks. */
export interface Spoken {
  kind: 'spoken'
  protocol: 'mysql' | 'http'
  client: Way
  /** Joined in mid-life as it seemed, and then came what stands at the beginning. */
  fromStart?: true
}

export type Verdict =
  | Spoken
  /** From its first byte the connection is TLS. */
  | { kind: 'tls' }
  | { kind: 'none' }

/** Bytes of a run's beginning that are looked at. */
const headBytes = 64
/** Runs without a sign of either protocol, after which there is none. */
const mostRuns = 8
const tlsHandshake = 0x16
const none: Verdict = { kind: 'none' }

class Run {
  way: Way
  readonly bytes = new Uint8Array(headBytes)
  length = 0
  /** Its beginning was not seen. */
  headless: boolean

  constructor(way: Way, headless: boolean) {
    this.way = way
    this.headless = headless
  }

  add(bytes: Uint8Array): void {
    const taken = Math.min(bytes.length, headBytes - this.length)
    this.bytes.set(bytes.subarray(0, taken), this.length)
    this.length += taken
  }
}

export class Detector {
  /** The way of the end that connected, where that is known. */
  readonly #client: Way | undefined
  /** What is spoken here as a rule: tells what is open where one direction cannot be seen. */
  readonly #likely: Spoken | undefined
  #midLife: boolean
  #run: Run | undefined
  /** A run that looks like a MySQL command and waits for its answer. */
  #command: Run | undefined
  #runs = 0
  /** In front of the first run's bytes; undefined: it is through, or there can be none. */
  #proxyHeader: ProxyHeader | undefined

  constructor(client: Way | undefined, midLife: boolean, likely?: Spoken) {
    this.#client = client
    this.#likely = likely
    this.#midLife = midLife
    if (!midLife) this.#proxyHeader = new ProxyHeader()
  }

  /**
   * How many runs at the end of what was pushed may still matter: 1, or 2 where the last may answer the one before.
   * Anything older can be forgotten.
   */
  get matteringRuns(): 1 | 2 {
    return this.#command === undefined || this.#command === this.#run ? 1 : 2
  }

  /** @returns undefined while it is open */
  push(way: Way, bytes: Uint8Array): Verdict | undefined {
    if (bytes.length === 0) return undefined
    const run = this.#runOf(way, false)
    if (this.#isTired) return none
    if (run.headless || run.length === headBytes) return undefined
    return this.#proxyHeader === undefined ? this.#add(run, bytes) : this.#addBehindProxy(this.#proxyHeader, run, bytes)
  }

  #add(run: Run, bytes: Uint8Array): Verdict | undefined {
    run.add(bytes)
    return this.#judge(run)
  }

  /** What a PROXY header carries begins behind it. */
  #addBehindProxy(header: ProxyHeader, run: Run, bytes: Uint8Array): Verdict | undefined {
    const passed = header.push(bytes)
    if (!header.through) return undefined
    this.#proxyHeader = undefined
    run.add(header.taken)
    return run.length === 0 && passed === bytes.length ? undefined : this.#add(run, bytes.subarray(passed))
  }

  /** The beginning was not seen: it is looked for a place to join instead of a greeting. */
  get midLife(): boolean {
    return this.#midLife
  }

  gap(way: Way): Verdict | undefined {
    this.#midLife = true
    this.#proxyHeader = undefined
    const run = this.#runOf(way, true)
    // what was gathered before the gap has been judged; nothing behind it belongs to it
    if (run.length < headBytes) run.headless = true
    const likely = this.#likely
    const answers = run !== this.#command && likely?.protocol === 'mysql' && likely.client === this.#command?.way
    return answers ? likely : this.#isTired ? none : undefined
  }

  /** No more comes. A command alone proves nothing, unless it is one where MySQL is spoken as a rule. */
  end(): Verdict | undefined {
    const likely = this.#likely
    return likely?.protocol === 'mysql' && likely.client === this.#command?.way ? likely : undefined
  }

  /** Told when a run begins, or it would depend on how the run is cut. The answer to the last run is waited for. */
  get #isTired(): boolean {
    const waits = this.#command !== undefined && this.#command !== this.#run
    return this.#runs > (waits ? mostRuns + 1 : mostRuns)
  }

  #runOf(way: Way, headless: boolean): Run {
    if (this.#run?.way === way) return this.#run
    if (this.#run !== this.#command) this.#command = undefined
    if (this.#run !== undefined) this.#proxyHeader = undefined
    this.#runs++
    this.#run = new Run(way, headless)
    return this.#run
  }

  #judge(run: Run): Verdict | undefined {
    const { way, bytes, length } = run
    const other: Way = way === 0 ? 1 : 0
    const mayBeClient = this.#client === undefined || this.#client === way
    const mayBeServer = this.#client === undefined || this.#client === other
    if (
      mayBeServer &&
      this.#command !== undefined &&
      this.#command !== run &&
      looksLikeAnswer(bytes, length) === true
    ) {
      return { kind: 'spoken', protocol: 'mysql', client: other }
    }
    if (mayBeClient && looksLikeRequest(bytes, length) === true)
      return { kind: 'spoken', protocol: 'http', client: way }
    if (mayBeServer && this.#midLife && looksLikeResponse(bytes, length) === true) {
      return { kind: 'spoken', protocol: 'http', client: other }
    }
    if (this.#midLife) {
      if (mayBeServer && isGreeting(bytes, length) === true)
        return { kind: 'spoken', protocol: 'mysql', client: other, fromStart: true }
      if (mayBeClient && looksLikeCommand(bytes, length) === true) this.#command = run
      return undefined
    }
    return this.#judgeFresh(run, mayBeClient, mayBeServer, other)
  }

  #judgeFresh({ bytes, length }: Run, mayBeClient: boolean, mayBeServer: boolean, other: Way): Verdict | undefined {
    if (mayBeServer && looksLikeGreeting(bytes, length) === true)
      return { kind: 'spoken', protocol: 'mysql', client: other }
    if (this.#runs === 1 && length >= 3 && bytes[0] === tlsHandshake && bytes[1] === 3) return { kind: 'tls' }
    if (this.#runs === 1) return mayBegin(bytes, length, mayBeServer) ? undefined : none
    const mayGreet = looksLikeGreeting(bytes, length) === undefined
    return mayGreet || (mayBeClient && looksLikeRequest(bytes, length) === undefined) ? undefined : none
  }
}

/** Whether so few bytes may still become something that is known. */
function mayBegin(bytes: Uint8Array, length: number, mayBeServer: boolean): boolean {
  if (length < 3 && bytes[0] === tlsHandshake) return true
  if (mayBeServer && looksLikeGreeting(bytes, length) === undefined) return true
  return looksLikeRequest(bytes, length) === undefined
}
