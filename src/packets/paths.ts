/** Where packets were seen, as small numbers: capture interfaces, and the VLANs and tunnels within them. */

export const pathKind = { interface: 1, vlan: 2, vxlan: 3, geneve: 4, gre: 5, ipip: 6 } as const

/** Beyond so many, what lies within a path counts as the path itself. */
const mostPaths = 1 << 16

export class Paths {
  #count = 0
  readonly #within = new Map<number, number>()

  /** A capture interface of a file. */
  interface(): number {
    return this.#count++
  }

  /** @param id of 32 bits at most: the VLAN's, the tunnel's */
  within(path: number, kind: number, id: number): number {
    // 16 bits, 4 bits and 32 bits: exact in a number
    const key = (path * 16 + kind) * 2 ** 32 + id
    const known = this.#within.get(key)
    if (known !== undefined) return known
    if (this.#count >= mostPaths) return path
    this.#within.set(key, this.#count)
    return this.#count++
  }
}
