/** The beginning of a connection, until it is known what that speaks: what moves is looked at, and kept for its parser. */
import { Detector, type Spoken, type Verdict, type Way } from '../../parsers/detection.ts'
import type { Opened } from '../capture/source.ts'
import { UndecidedTraffic } from './undecided-traffic.ts'

export class Undecided {
  readonly traffic = new UndecidedTraffic()
  readonly #detector: Detector
  readonly #forced: Spoken | undefined

  /** @param forced what it speaks, whatever its bytes say; `likely`: what is spoken on its ports as a rule */
  constructor({ role, midLife }: Opened, forced: Spoken | undefined, likely: Spoken | undefined) {
    const client = role === null ? undefined : role === 'connected' ? 0 : 1
    this.#detector = new Detector(client, midLife, likely)
    this.#forced = forced
  }

  /** @returns undefined while it is open */
  push(way: Way, bytes: Uint8Array, at: number): Verdict | undefined {
    this.traffic.push(way, bytes, at)
    const verdict = this.#detector.push(way, bytes)
    return this.#keepWhatMatters(this.#forced === undefined ? verdict : agreed(this.#forced, verdict))
  }

  /** @returns undefined while it is open */
  gap(way: Way, missing: number, at: number): Verdict | undefined {
    this.traffic.gap(way, missing, at)
    const verdict = this.#detector.gap(way)
    return this.#keepWhatMatters(this.#forced ?? verdict)
  }

  /** No more comes. */
  end(): Verdict | undefined {
    return this.#keepWhatMatters(this.#detector.end())
  }

  /** Its beginning was not seen. */
  isMidLife({ fromStart }: Spoken): boolean {
    return this.#detector.midLife && fromStart !== true
  }

  #keepWhatMatters(verdict: Verdict | undefined): Verdict | undefined {
    if (this.#detector.midLife) this.traffic.keepRuns(this.#detector.matteringRuns)
    return verdict
  }
}

/** What is forced, with what the bytes say of how it begins. */
function agreed(forced: Spoken, verdict: Verdict | undefined): Spoken {
  const agrees = verdict?.kind === 'spoken' && verdict.protocol === forced.protocol && verdict.client === forced.client
  return agrees ? verdict : forced
}
