/** The zstd decoder, ready when this module is: its WebAssembly is compiled once, and from then on decoding is synchronous. */
import { ZSTDDecoder } from 'zstddec'

export const zstd = new ZSTDDecoder()

await initWithoutFetch()

/**
 * Where there is a `fetch`, zstddec unpacks its own code with that, and a whole HTTP client comes into the process: ten
 * megabytes, and most of the program's start. It asks for it before its first wait.
 */
function initWithoutFetch(): Promise<void> {
  const fetch = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
  Reflect.deleteProperty(globalThis, 'fetch')
  try {
    return zstd.init()
  } finally {
    if (fetch !== undefined) Object.defineProperty(globalThis, 'fetch', fetch)
  }
}
