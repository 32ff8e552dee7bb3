/** How far a replay is, on a terminal: a line that is written over. */

/** Smaller files are through before anyone looks. */
const leastBytes = 4 << 20
const everyMs = 250

export class ReplayProgress {
  #shown = false
  #shownAt = performance.now()

  show(readBytes: number, totalBytes: number): void {
    const now = performance.now()
    if (!process.stderr.isTTY || totalBytes < leastBytes || now - this.#shownAt < everyMs) return
    this.#shownAt = now
    this.#shown = true
    const share = Math.floor((readBytes / totalBytes) * 100)
    process.stderr.write(`\r${share} % of ${(totalBytes / 1e6).toFixed(0)} MB\u001b[K`)
  }

  /** Before anything else is written. */
  clear(): void {
    if (!this.#shown) return
    this.#shown = false
    process.stderr.write('\r\u001b[K')
  }
}
