/** The prototypes of the kernel's own functions, from its type information (BTF): they change between releases. */
import { errnoName, libbpf, type Pointer } from './libbpf.ts'
import { QuerytapError } from '../querytap-error.ts'

/** include/uapi/linux/btf.h */
const BTF_KIND_FUNC = 12

/** Of the running kernel: looking one up goes through all of its type information. */
const known = new Map<string, number | undefined>()

export class KernelFunctions {
  /** Read when first asked for what is not known yet. */
  #btf: Pointer = 0n

  /** How many arguments a function takes; undefined where this kernel has none of that name. */
  arguments(name: string): number | undefined {
    if (!known.has(name)) known.set(name, this.#read(name))
    return known.get(name)
  }

  #read(name: string): number | undefined {
    const bpf = libbpf()
    const btf = this.#open()
    const id = bpf.findBtfType(btf, name, BTF_KIND_FUNC)
    if (id < 0) return undefined
    // struct btf_type: name_off, info, type; a function's type is its prototype, whose info holds the count in 16 bits
    const prototype = bpf.btfType(btf, id)[2] ?? 0
    return (bpf.btfType(btf, prototype)[1] ?? 0) & 0xffff
  }

  #open(): Pointer {
    if (this.#btf !== 0n) return this.#btf
    this.#btf = libbpf().loadKernelBtf()
    if (this.#btf !== 0n) return this.#btf
    throw new QuerytapError('KERNEL', `read the kernel's BTF: ${errnoName(libbpf().errno())}`, {
      hint: 'the kernel needs CONFIG_DEBUG_INFO_BTF',
    })
  }

  close(): void {
    if (this.#btf !== 0n) libbpf().freeBtf(this.#btf)
    this.#btf = 0n
  }
}
