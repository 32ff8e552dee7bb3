/** Tells the kernel which connections speak nothing of interest, through memory that both sides map: no system call. */
import { libbpf, type Pointer } from './libbpf.ts'

export class Verdicts {
  readonly #ids: BigUint64Array
  readonly #address: Pointer
  readonly #length: number

  /** @param slots entries of the map, a power of two */
  constructor(fd: number, slots: number) {
    this.#length = slots * BigUint64Array.BYTES_PER_ELEMENT
    const { address, buffer } = libbpf().map(fd, 0, this.#length, true)
    this.#address = address
    this.#ids = new BigUint64Array(buffer)
  }

  /**
   * From now on the kernel leaves this connection alone. A later connection with the same slot takes its place; then
   * this one speaks again and is judged again.
   */
  ignore(connection: number): void {
    this.#ids[connection % this.#ids.length] = BigInt(connection)
  }

  close(): void {
    libbpf().unmap(this.#address, this.#length)
  }
}
