/** What a pcapng interface says at the capture's end of the packets that it did not get. */
import { optionsOf, wideOption } from './pcapng-options.ts'

const option = { interfaceDrops: 5, systemDrops: 7 } as const

/** @param body interface 4, time 8, options. @returns undefined where it does not say */
export function statedDrops(body: Buffer, littleEndian: boolean): number | undefined {
  const options = optionsOf(body.subarray(12), littleEndian)
  const [card, system] = [option.interfaceDrops, option.systemDrops].map((code) =>
    wideOption(options.get(code), littleEndian),
  )
  if (card === undefined && system === undefined) return undefined
  const drops = Number((card ?? 0n) + (system ?? 0n))
  return drops >= 0 && drops <= Number.MAX_SAFE_INTEGER ? drops : undefined
}
