/** How the engine compiles what runs for each record of a capture. */
import { setFlagsFromString } from 'node:v8'

/**
 * From a record to its total a statement passes some thirty small functions. The engine makes one piece of machine code of
 * them only up to a size that is meant for web pages; between pieces each call hands over its words on the stack, and each
 * time as a number with memory of its own. To be set before anything is compiled.
 */
export function compileWholePaths(): void {
  setFlagsFromString('--max-inlined-bytecode-size=1000')
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000')
}
