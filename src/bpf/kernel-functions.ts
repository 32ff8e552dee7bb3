/** The prototypes of the kernel's own functions, from its type information (BTF): they change between releases. */
import { errnoName, libbpf, type Pointer } from './libbpf.ts'
import { QuerytapError } from '../querytap-error.ts'

/** include/uapi/linux/btf.h */
const BTF_KIND_FUNC = 12

export class KernelFunctions {
  readonly #btf: Pointer

  constructor() {
    this.#btf = libbpf().loadKernelBtf()
    if (this.#btf !== 0n) return
    throw new QuerytapError('KERNEL', `read the kernel's BTF: ${errnoName(libbpf().errno())}`, {
      hint: 'the kernel needs CONFIG_DEBUG_INFO_BTF',
    })
  }

  /** How many arguments a function takes; undefined where this kernel has none of that name. */
  arguments(name: string): number | undefined {
    const bpf = libbpf()
    const id = bpf.findBtfType(this.#btf, name, BTF_KIND_FUNC)
    if (id < 0) return undefined
    // struct btf_type: name_off, info, type; a function's type is its prototype, whose info holds the count in 16 bits
    const prototype = bpf.btfType(this.#btf, id)[2] ?? 0
    return (bpf.btfType(this.#btf, prototype)[1] ?? 0) & 0xffff
  }

  close(): void {
    libbpf().freeBtf(this.#btf)
  }
}
