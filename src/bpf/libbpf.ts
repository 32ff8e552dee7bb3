/** libbpf and the few libc calls around it, through koffi. The only file that knows their C prototypes. */
import koffi from 'koffi'
import { QuerytapError } from '../querytap-error.ts'

/** An address in this process; 0n is NULL. */
export type Pointer = bigint

/** Fails of libc's mmap. */
const mapFailed = 0xffffffffffffffffn

const errnoNames = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]))

/** `EPERM` of -1 or 1. */
export function errnoName(result: number): string {
  return errnoNames.get(Math.abs(result)) ?? `errno ${Math.abs(result)}`
}

function load(name: string, hint: string): ReturnType<typeof koffi.load> {
  try {
    return koffi.load(name)
  } catch (cause) {
    throw new QuerytapError('LIBBPF', `load ${name}: not found`, { hint, cause })
  }
}

export type Libbpf = ReturnType<typeof bindLibbpf>

let bound: Libbpf | undefined

/** Loads the shared libraries at the first call. */
export function libbpf(): Libbpf {
  bound ??= bindLibbpf()
  return bound
}

function bindLibbpf() {
  const bpf = load('libbpf.so.1', 'install the Debian package libbpf1 (libbpf 1.0 or later)')
  const libc = load('libc.so.6', 'querytap runs on glibc')
  const f = (library: typeof bpf, prototype: string) => {
    const native = library.func(prototype)
    // koffi's functions are untyped; the prototype beside each name below is the reason for its type
    return native as (...values: unknown[]) => unknown
  }
  const silence = f(bpf, 'uintptr_t libbpf_set_print(uintptr_t fn)')
  const openFile = f(bpf, 'uintptr_t bpf_object__open_file(const char *path, uintptr_t opts)')
  const loadObject = f(bpf, 'int bpf_object__load(uintptr_t obj)')
  const closeObject = f(bpf, 'void bpf_object__close(uintptr_t obj)')
  const nextProgram = f(bpf, 'uintptr_t bpf_object__next_program(uintptr_t obj, uintptr_t prog)')
  const programName = f(bpf, 'const char *bpf_program__name(uintptr_t prog)')
  const programFd = f(bpf, 'int bpf_program__fd(uintptr_t prog)')
  const programSection = f(bpf, 'const char *bpf_program__section_name(uintptr_t prog)')
  const setLogLevel = f(bpf, 'int bpf_program__set_log_level(uintptr_t prog, uint32_t level)')
  const setLogBuffer = f(bpf, 'int bpf_program__set_log_buf(uintptr_t prog, uintptr_t buf, size_t size)')
  const attachProgram = f(bpf, 'uintptr_t bpf_program__attach(uintptr_t prog)')
  const destroyLink = f(bpf, 'int bpf_link__destroy(uintptr_t link)')
  const findMap = f(bpf, 'uintptr_t bpf_object__find_map_by_name(uintptr_t obj, const char *name)')
  const mapFd = f(bpf, 'int bpf_map__fd(uintptr_t map)')
  const setMaxEntries = f(bpf, 'int bpf_map__set_max_entries(uintptr_t map, uint32_t entries)')
  const maxEntries = f(bpf, 'uint32_t bpf_map__max_entries(uintptr_t map)')
  const initialValue = f(bpf, 'uintptr_t bpf_map__initial_value(uintptr_t map, _Out_ size_t *size)')
  const lookup = f(bpf, 'int bpf_map_lookup_elem(int fd, void *key, void *value)')
  const lookupBatch = f(
    bpf,
    'int bpf_map_lookup_batch(int fd, void *from, void *to, void *keys, void *values, void *count, uintptr_t opts)',
  )
  const update = f(bpf, 'int bpf_map_update_elem(int fd, void *key, void *value, uint64_t flags)')
  const remove = f(bpf, 'int bpf_map_delete_elem(int fd, void *key)')
  const setAutoload = f(bpf, 'int bpf_program__set_autoload(uintptr_t prog, bool autoload)')
  const loadKernelBtf = f(bpf, 'uintptr_t btf__load_vmlinux_btf()')
  const freeBtf = f(bpf, 'void btf__free(uintptr_t btf)')
  const findBtfType = f(bpf, 'int btf__find_by_name_kind(uintptr_t btf, const char *name, uint32_t kind)')
  const btfType = f(bpf, 'uintptr_t btf__type_by_id(uintptr_t btf, uint32_t id)')
  const possibleCpus = f(bpf, 'int libbpf_num_possible_cpus()')
  const mmap = f(libc, 'uintptr_t mmap(uintptr_t addr, size_t length, int prot, int flags, int fd, int64_t offset)')
  const munmap = f(libc, 'int munmap(uintptr_t addr, size_t length)')
  const madvise = f(libc, 'int madvise(uintptr_t addr, size_t length, int advice)')
  const prctl = f(libc, 'int prctl(int option, size_t a, size_t b, size_t c, size_t d)')
  const capset = f(libc, 'int capset(void *header, void *data)')
  const mallocTrim = f(libc, 'int malloc_trim(size_t pad)')
  const syscall = f(libc, 'long syscall(long number, size_t a, size_t b, void *c)')
  silence(0)

  const pointer = (value: unknown): Pointer => BigInt(value as bigint | number)
  return {
    errno: () => koffi.errno(),
    openFile: (path: string) => pointer(openFile(path, 0)),
    load: (object: Pointer) => Number(loadObject(object)),
    close: (object: Pointer) => void closeObject(object),
    programs(object: Pointer): { program: Pointer; name: string; section: string }[] {
      const programs = []
      for (let at = pointer(nextProgram(object, 0)); at !== 0n; at = pointer(nextProgram(object, at))) {
        programs.push({ program: at, name: String(programName(at)), section: String(programSection(at)) })
      }
      return programs
    },
    /** Of a loaded program. */
    programFd: (program: Pointer) => Number(programFd(program)),
    /** @param buffer must outlive the load */
    captureLog(program: Pointer, buffer: Uint8Array) {
      setLogBuffer(program, koffi.address(buffer), buffer.byteLength)
      setLogLevel(program, 1)
    },
    /** The program is neither loaded nor attached. */
    leaveOut: (program: Pointer) => void setAutoload(program, false),
    /** The running kernel's type information; 0n with errno set where it fails. */
    loadKernelBtf: () => pointer(loadKernelBtf()),
    freeBtf: (btf: Pointer) => void freeBtf(btf),
    /** @returns the type's id, negative where there is none */
    findBtfType: (btf: Pointer, name: string, kind: number) => Number(findBtfType(btf, name, kind)),
    /** The head of a type, three words; valid until the type information is freed. */
    btfType(btf: Pointer, id: number): Uint32Array {
      const address = pointer(btfType(btf, id))
      if (address === 0n) throw new QuerytapError('LIBBPF', `read type ${id} of the kernel's BTF: it has none`)
      return new Uint32Array(koffi.view(address, 12))
    },
    /** @returns 0n with errno set where it fails */
    attach: (program: Pointer) => pointer(attachProgram(program)),
    destroyLink: (link: Pointer) => void destroyLink(link),
    findMap: (object: Pointer, name: string) => pointer(findMap(object, name)),
    mapFd: (map: Pointer) => Number(mapFd(map)),
    setMaxEntries: (map: Pointer, entries: number) => Number(setMaxEntries(map, entries)),
    maxEntries: (map: Pointer) => Number(maxEntries(map)),
    /** The bytes that a read-only data map is loaded with; valid until the load. */
    initialValue(map: Pointer): DataView {
      const size: [number] = [0]
      const address = pointer(initialValue(map, size))
      if (address === 0n) throw new QuerytapError('LIBBPF', 'read initial value of a map: it has none')
      return new DataView(koffi.view(address, Number(size[0])))
    },
    /** @returns false where there is no such entry */
    lookup: (fd: number, key: Uint8Array, value: Uint8Array) => Number(lookup(fd, key, value)) === 0,
    /**
     * Entries from `from` on, null for the first; `to` then says where to go on.
     * @returns 0, or a negative errno: ENOENT after the last
     */
    lookupBatch(
      fd: number,
      from: Uint8Array | null,
      to: Uint8Array,
      keys: Uint8Array,
      values: Uint8Array,
      most: number,
    ): { result: number; count: number } {
      const count = Uint32Array.of(most)
      const result = Number(lookupBatch(fd, from, to, keys, values, count, 0))
      return { result, count: count[0] ?? 0 }
    },
    /** @returns 0, or a negative errno */
    update: (fd: number, key: Uint8Array, value: Uint8Array) => Number(update(fd, key, value, 0)),
    /** An entry that is not there is none to remove. */
    remove: (fd: number, key: Uint8Array) => void remove(fd, key),
    /** Of the calling thread. @param effective bits of capabilities @returns 0, or a negative errno */
    setCapabilities(effective: bigint, permitted: bigint): number {
      const header = Uint32Array.of(0x20080522, 0) // _LINUX_CAPABILITY_VERSION_3
      const low = (bits: bigint) => Number(bits & 0xffffffffn)
      const words = [effective, permitted, 0n]
        .map(low)
        .concat([effective, permitted, 0n].map((bits) => low(bits >> 32n)))
      const result = Number(capset(new Uint8Array(header.buffer), new Uint8Array(Uint32Array.from(words).buffer)))
      return result === 0 ? 0 : -koffi.errno()
    },
    /**
     * Lays a seccomp filter on all threads, for good.
     * @param program instructions of 8 bytes @returns 0, a negative errno, or a thread that has a filter of its own
     */
    filterCalls(program: Uint8Array): number {
      const described = new DataView(new ArrayBuffer(16)) // struct sock_fprog
      described.setUint16(0, program.length / 8, true)
      described.setBigUint64(8, BigInt(koffi.address(program)), true)
      // PR_SET_NO_NEW_PRIVS; seccomp: SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC
      if (Number(prctl(38, 1, 0, 0, 0)) !== 0) return -koffi.errno()
      const result = Number(syscall(317, 1, 1, new Uint8Array(described.buffer)))
      return result < 0 ? -koffi.errno() : result
    },
    /** getppid() with an argument, which it ignores: a probe at system calls sees it. */
    parentPid: (argument: number) => void syscall(process.arch === 'arm64' ? 173 : 110, argument, 0, null),
    /** Gives memory that was freed back to the kernel. */
    trimHeap: () => void mallocTrim(0),
    /** Pages of a file's private mapping leave memory; one that was written to would be lost. @returns 0, or a negative errno */
    discard(address: Pointer, length: number): number {
      return Number(madvise(address, length, 4)) === 0 ? 0 : -koffi.errno() // MADV_DONTNEED
    },
    possibleCpus: () => Number(possibleCpus()),
    /** Maps a map's memory, shared. The view must not be used after `unmap`. */
    map(fd: number, offset: number, length: number, writable: boolean): { address: Pointer; buffer: ArrayBuffer } {
      const address = pointer(mmap(0, length, writable ? 3 : 1, 1, fd, offset))
      if (address === mapFailed || address === 0n) {
        throw new QuerytapError('KERNEL', `map BPF memory: ${errnoName(koffi.errno())}`)
      }
      return { address, buffer: koffi.view(address, length) }
    },
    unmap: (address: Pointer, length: number) => void munmap(address, length),
  }
}
