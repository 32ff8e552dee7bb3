/**
 * What lies between the wire and the packets: a proxy's header in front of the client's bytes, and compression, agreed on at
 * the login or recognised where the login was not seen.
 */
import { CompressedReader } from './compressed-reader.ts'
import { looksCompressed, signBytes } from './compression-signs.ts'
import type { MysqlLimits } from './limits.ts'
import type { Packet } from './packet.ts'
import type { PacketReader } from './packet-reader.ts'
import { type ProxiedClient, ProxyHeader } from '../proxy-header.ts'

export class Wire {
  readonly #client: PacketReader
  readonly #server: PacketReader
  readonly #limits: MysqlLimits
  /** Undefined: it is through, or there can be none. */
  #proxyHeader: ProxyHeader | undefined
  #proxied: ProxiedClient | null | undefined = null
  /** Undefined: the connection is not compressed. */
  #frames: { client: CompressedReader; server: CompressedReader } | undefined
  /** The first bytes of a client's run that may be compressed; undefined: the login tells whether they are. */
  #head: Uint8Array | undefined
  #headFill = 0
  #headAt = 0
  /** Bytes of the client's stream that were given up, and have not passed yet. */
  #owed = 0
  /** At the beginning of a client's run, of which the signs are not read yet. */
  #isOpen = false

  constructor(client: PacketReader, server: PacketReader, limits: MysqlLimits) {
    this.#client = client
    this.#server = server
    this.#limits = limits
  }

  /** The client that the proxy's header named; null: none. Undefined: a gap may hide a header. */
  get proxied(): ProxiedClient | null | undefined {
    return this.#proxied
  }

  get compressed(): boolean {
    return this.#frames !== undefined
  }

  /** Frames that could not be read, or not to their end. */
  get cutFrames(): number {
    return this.#frames === undefined ? 0 : this.#frames.client.cut + this.#frames.server.cut
  }

  /** Frames that were not inflated, for they hold too much for their size. */
  get denseFrames(): number {
    return this.#frames === undefined ? 0 : this.#frames.client.dense + this.#frames.server.dense
  }

  /** Bytes held of packets and frames that are not whole yet. */
  get held(): number {
    const frames = this.#frames === undefined ? 0 : this.#frames.client.held + this.#frames.server.held
    return frames + this.#client.held + this.#server.held
  }

  /** The connection is seen from its first byte on. */
  begin(): void {
    this.#proxyHeader = new ProxyHeader()
  }

  /** The connection's login was not seen. */
  join(): void {
    this.#proxyHeader = undefined
    this.doubt()
    this.#client.lose()
    this.#server.lose()
  }

  /** The login's end was not seen: the client's next bytes tell whether they are compressed. */
  doubt(): void {
    this.#head ??= new Uint8Array(signBytes)
  }

  /** Packets were read and understood as they stood on the wire: it is not compressed. */
  settle(): void {
    if (this.#frames === undefined && !this.#isOpen) this.#head = undefined
  }

  /** From the next byte on, both sides are compressed. */
  compress(): void {
    this.#head = undefined
    const client = new CompressedReader(this.#client, this.#limits)
    const server = new CompressedReader(this.#server, this.#limits)
    if (this.#client.lost) client.lose()
    if (this.#server.lost) server.lose()
    this.#frames = { client, server }
  }

  /** Requests follow answers: where the client's packets were lost track of, its next ones begin here. */
  beginClientRun(): void {
    this.#isOpen = false
    if (this.#frames?.client.lost === true) this.#frames.client.probe(0)
    this.#isOpen = this.#head !== undefined && this.#frames === undefined
    if (this.#client.lost) this.#client.probe(0)
  }

  get serverLost(): boolean {
    return this.#server.lost
  }

  /** Where the server's packets were lost track of: the answer to a command begins here, with this sequence id. */
  beginAnswer(sequence: number): void {
    if (this.#frames === undefined) {
      this.#server.probe(sequence)
      return
    }
    // a frame's sequence id follows that of the client's last frame; the packet that begins in it may have any
    const { client, server } = this.#frames
    if (!server.lost && !server.between) return
    server.probe(client.sequence)
    this.#server.probe(null)
  }

  pushClient(bytes: Uint8Array, at: number, from = 0, end = bytes.length): void {
    const start = this.#owed === 0 ? from : from + this.#pay(end - from)
    if (this.#proxyHeader !== undefined) this.#pushBehindProxy(this.#proxyHeader, bytes.subarray(start, end), at)
    else if (this.#isOpen) this.#pushOpen(bytes.subarray(start, end), at)
    else if (this.#frames === undefined) this.#client.push(bytes, at, at, start, end)
    else this.#frames.client.push(bytes, at, start, end)
  }

  /** The server answers a command of which a part is missing: that part will not come. */
  cutClient(answer: Packet): void {
    const left = this.#frames?.client.left ?? this.#client.left
    if (left === 0) return
    const kept = { ...answer }
    this.gapClient(left, answer.startedAt)
    this.#owed += left
    // a packet that was read in between may have taken its place
    Object.assign(answer, kept)
  }

  #pay(bytes: number): number {
    const paid = Math.min(bytes, this.#owed)
    this.#owed -= paid
    return paid
  }

  /** Bytes that come before the server has greeted. */
  passClient(bytes: Uint8Array): void {
    if (this.#proxyHeader === undefined) this.#client.position += bytes.length
    else {
      this.#client.position += this.#proxyHeader.push(bytes)
      this.#proxied = this.#proxyHeader.client
    }
  }

  #pushBehindProxy(header: ProxyHeader, bytes: Uint8Array, at: number): void {
    const passed = header.push(bytes)
    this.#client.position += passed
    if (!header.through) return
    this.#proxyHeader = undefined
    this.#proxied = header.client
    const { taken } = header
    this.#client.position -= taken.length
    if (taken.length > 0) this.#client.push(taken, at)
    if (passed < bytes.length) this.#client.push(bytes.subarray(passed), at)
  }

  #pushOpen(bytes: Uint8Array, at: number): void {
    const head = this.#head
    if (head === undefined) return
    if (this.#headFill === 0) this.#headAt = at
    const taken = Math.min(signBytes - this.#headFill, bytes.length)
    head.set(bytes.subarray(0, taken), this.#headFill)
    this.#headFill += taken
    const compressed = looksCompressed(head, this.#headFill, 'client')
    if (compressed === undefined) return
    this.#close(compressed)
    if (taken < bytes.length) this.pushClient(bytes.subarray(taken), at)
  }

  /** It is known what the run is, or it is taken for plain. */
  #close(compressed: boolean): void {
    const head = this.#head?.slice(0, this.#headFill)
    this.#headFill = 0
    this.#isOpen = false
    if (compressed) this.compress()
    if (head !== undefined && head.length > 0) this.pushClient(head, this.#headAt)
  }

  /** Nothing tells yet, and nothing waits to. */
  get #mayBeFrames(): boolean {
    return this.#head !== undefined && this.#frames === undefined && !this.#isOpen && !this.#server.lost
  }

  pushServer(bytes: Uint8Array, at: number, start: number, end: number): void {
    // what seemed a packet of the client was the rest of a frame
    if (this.#mayBeFrames && answersInFrames(bytes, start, end)) this.compress()
    if (this.#frames === undefined) this.#server.push(bytes, at, at, start, end)
    else this.#frames.server.push(bytes, at, start, end)
  }

  gapClient(hole: number, at: number): void {
    const missing = hole - this.#pay(hole)
    if (missing === 0) return
    if (this.#proxyHeader !== undefined) this.#proxied ??= undefined
    this.#proxyHeader = undefined
    if (this.#isOpen) {
      // the rest of the run may be compressed or not: nothing of it is read
      this.#isOpen = false
      this.#client.gapOfUnknownLength(this.#headFill + missing, at)
      this.#headFill = 0
    } else if (this.#frames === undefined) this.#client.gap(missing, at)
    else this.#frames.client.gap(missing, at)
  }

  gapServer(missing: number, at: number): void {
    if (this.#frames === undefined) this.#server.gap(missing, at)
    else this.#frames.server.gap(missing, at)
  }

  end(): void {
    if (this.#isOpen) this.#close(false)
    this.#frames?.client.end()
    this.#frames?.server.end()
  }
}

function answersInFrames(bytes: Uint8Array, start: number, end: number): boolean {
  const length = Math.min(signBytes, end - start)
  return looksCompressed(bytes.subarray(start, start + length), length, 'server') === true
}
