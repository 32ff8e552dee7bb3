/** The kinds of values that options take: durations, instants, ports, byte sizes, patterns. Each says what it expected. */
import { z } from 'zod'

const unitNs: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86400e9 }

/** `150ms`, `2s`, `15m`, `1.5h`, `7d`; a bare number is refused, for nobody agrees on its unit. @returns nanoseconds */
export function parseDuration(text: string): number | undefined {
  if (text.trim() === '0') return 0
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)$/.exec(text.trim())
  if (match === null) return undefined
  return Math.round(Number(match[1]) * (unitNs[match[2] ?? ''] ?? Number.NaN))
}

function converted<T>(parse: (text: string) => T | undefined, expected: string) {
  return z.string().transform((text, context): T => {
    const value = parse(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `'${text}' is not ${expected}` })
    return z.NEVER
  })
}

/** Output: nanoseconds. */
export const duration = () => converted(parseDuration, 'a duration such as 50ms, 2s, 15m or 2h')

/** Output: a TCP port, 1 to 65535. */
export const port = () =>
  converted((text) => {
    const value = Number(text)
    return /^\d{1,5}$/.test(text) && value >= 1 && value <= 65535 ? value : undefined
  }, 'a port, 1 to 65535')

/** `15m` means that long ago; otherwise an ISO 8601 instant, UTC where it names no zone. Output: a Date. */
export const instant = () =>
  converted((text) => {
    const ago = parseDuration(text)
    if (ago !== undefined) return new Date(Date.now() - ago / 1e6)
    if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
    const zoned = /[zZ]|[+-]\d\d:?\d\d$/.test(text) || text.length === 10 ? text : `${text.replace(' ', 'T')}Z`
    const date = new Date(zoned)
    return Number.isNaN(date.getTime()) ? undefined : date
  }, 'a time such as 15m (ago), 2h or 2026-05-01T12:00:00Z')

const unitBytes: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** `64k`, `16m`, `1g`, or bytes. Output: bytes. */
export const size = () =>
  converted((text) => {
    const match = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text.trim())
    if (match === null) return undefined
    return Number(match[1]) * (unitBytes[(match[2] ?? '').toLowerCase()] ?? Number.NaN)
  }, 'a size such as 65536, 64k or 16m')

/** A whole number from `least` to `most`, which may be negative. */
export const integer = (least: number, most: number) =>
  converted((text) => {
    const value = Number(text)
    return /^-?\d+$/.test(text) && value >= least && value <= most ? value : undefined
  }, `a whole number from ${least} to ${most}`)

/** `3307=mysql`: what is spoken on a port. Output: both. */
export const portProtocol = () =>
  converted((text): readonly [number, 'mysql' | 'http'] | undefined => {
    const [, digits, protocol] = /^(\d{1,5})=(mysql|http)$/.exec(text.trim()) ?? []
    const value = Number(digits)
    if (value < 1 || value > 65535) return undefined
    return protocol === 'mysql' || protocol === 'http' ? [value, protocol] : undefined
  }, 'a port and what is spoken there, such as 3307=mysql or 8080=http')
