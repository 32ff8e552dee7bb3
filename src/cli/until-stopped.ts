/** Waits until the user or the time says stop. */

/** A terminal's Ctrl-C reaches npm and us, and npm passes it on: so close together, two are one. */
const sameSignalMs = 1000

/** A failure that ends the wait: `failed` rejects with what `fail` is given. */
export function pendingFailure(): { failed: Promise<never>; fail: (error: unknown) => void } {
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  return { failed, fail }
}

/**
 * @param milliseconds to wait at most; undefined: no limit
 * @param failed rejects when the work fails first
 */
export async function untilStopped(milliseconds: number | undefined, failed: Promise<never>): Promise<void> {
  let stop: () => void = () => {}
  let firstAt: number | undefined
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const onSignal = () => {
    firstAt ??= performance.now()
    // asked again, in earnest: leave at once; the kernel takes the probes down with us
    if (performance.now() - firstAt > sameSignalMs) process.exit(130)
    stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  const timer = milliseconds === undefined ? undefined : setTimeout(stop, milliseconds)
  try {
    await Promise.race([stopped, failed])
  } finally {
    clearTimeout(timer)
  }
}
