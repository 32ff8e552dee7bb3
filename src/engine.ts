/** How the JavaScript engine compiles and collects in a program that reads records for months, or a large file in one go. */
import { setFlagsFromString } from 'node:v8'

/** To be called before anything is compiled: what runs beside others keeps its memory small. */
export function tuneForCapture(): void {
  compileWholePaths()
  collectYoung()
  keepHeapSmall()
}

/** To be called before anything is compiled. */
export function tuneForReplay(): void {
  compileWholePaths()
  collectYoung()
  compileLate()
}

/**
 * From a record to its total a statement passes some thirty small functions. The engine makes one piece of machine code of
 * them only up to a size that is meant for web pages; between pieces each call hands over its words on the stack, and each
 * time as a number with memory of its own.
 */
function compileWholePaths(): void {
  setFlagsFromString('--max-inlined-bytecode-size=1000')
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000')
}

/**
 * A file is through in seconds, of which compiling takes a large part. The engine compiles a function after it has seen it for some
 * milliseconds, and again when what it has seen since has proven it wrong; when it looks for seven times as long, it compiles half as
 * often, and calls between the pieces are settled.
 */
function compileLate(): void {
  setFlagsFromString('--interrupt-budget=500000')
}

/**
 * The young generation. The engine counts where objects come from that outlive a collection, and after some hundred of them makes all
 * that come from there in the old generation, for good. A connection's first exchanges wait for their other ends, so every exchange
 * was made there, and a whole collection due each second. And a generation of two megabytes is collected by one thread before
 * others have woken to help.
 */
function collectYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
  setFlagsFromString('--no-parallel-scavenge')
}

/**
 * The old generation is collected when it has grown by a tenth, not when it has doubled or more: what a capture allocates
 * mostly dies young, and its memory stays near what is alive. The room in which it dies young has to be set before the
 * program begins: `--max-semi-space-size=2` in main.ts's first line, `npm start` and the systemd unit.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=10')
  // a page of the heap is emptied when a fifth of it is free, not when most of it is
  setFlagsFromString('--optimize-for-size')
}
