/** One capture file as the timeline reads it: one event or packet after the other, each told when its time comes. */
import { QuerytapError } from '../querytap-error.ts'
import type { Window } from './window.ts'

/** `more`: the window has to be filled first. */
export type Step = 'ready' | 'more' | 'end'

export interface Track {
  readonly window: Window
  /** Nanoseconds since the timeline's time 0, of what is ready. */
  readonly at: number
  /** Nanoseconds since 1970 at which this file's time begins, once something is ready; null: nothing in it says so. */
  readonly beginsNs: bigint | null
  /** @param epochNs nanoseconds since 1970 at the timeline's time 0. Call before what is ready is told */
  begin(epochNs: bigint): void
  /** Throws a QuerytapError where the file is damaged. */
  next(): Step
  /** Tells what is ready. */
  tell(): void
  /** The file ended and the window was not filled. @returns what is missing; null: nothing */
  missing(): string | null
}

/** Nanoseconds since 1970 beyond which no time can be stored: the year 2262. */
const latestNs = 9.2e18

export function isPossible(ns: number): boolean {
  return ns >= 0 && ns < latestNs
}

/** Damage: `read FILE: what is wrong at which byte`. */
export function damaged(window: Window, reason: string, position = window.position): QuerytapError {
  return new QuerytapError('CAPTURE', `read ${window.source.name}: ${reason} at byte ${position}`, {
    hint: 'the file is damaged; what came before is replayed',
  })
}

/** How a file ends that is cut, or null: it ends between two of its parts. */
export function cutText(window: Window, part: string): string | null {
  const { source, start, end, missing } = window
  const why = source.damage === null ? '' : ` (${source.damage})`
  if (end > start || missing > 0) {
    return `${source.name} ends at byte ${window.position + end - start} inside ${part}${why}: what came after is missing`
  }
  return source.damage === null ? null : `${source.name} ends early${why}: what came after is missing`
}
