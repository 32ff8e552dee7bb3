/** How the garbage collector works in a capture that runs for months beside others: memory before speed. */
import { setFlagsFromString } from 'node:v8'

/**
 * The old generation is collected when it has grown by a tenth, not when it has doubled or more: what a capture allocates
 * mostly dies young, and its memory stays near what is alive. The room in which it dies young has to be set before the
 * program begins: `--max-semi-space-size=2` in main.ts's first line, `npm start` and the systemd unit.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=10')
  // a page of the heap is emptied when a fifth of it is free, not when most of it is
  setFlagsFromString('--optimize-for-size')
}
