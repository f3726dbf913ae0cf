/**
 * Messages to the server that leave together, of the extended query in version 3.0 of PostgreSQL's protocol. The driver makes a
 * buffer for each, and writing so many of them costs more than making one of what is in them.
 */
export interface Packet {
  /** Prepares a statement under this name. What has no name is there until the next without one. */
  parse(statement: { name: string; text: string }): void
  /** Gives the statement of this name its values, at most 65,535. Answers come as text. */
  bind(name: string, values: readonly PacketValue[]): void
  /** Asks for the columns of what was bound last. */
  describe(): void
  execute(): void
  /** The server answers all that came before, and then says that it is ready. */
  sync(): void
}

export type PacketValue = string | Buffer | null

/** Returns what `write` has written. */
export function packetOf(write: (packet: Packet) => void): Buffer {
  length = 0
  write(packet)
  const bytes = Buffer.from(memory.subarray(0, length))
  if (memory.length > keptSize) memory = Buffer.allocUnsafeSlow(keptSize)
  return bytes
}

/** A packet is written at once, so all are written in the same memory. */
const keptSize = 65_536
let memory: Buffer = Buffer.allocUnsafeSlow(keptSize)
let length = 0

const packet: Packet = {
  parse({ name, text }) {
    const start = begin(code.parse)
    writeText(name)
    writeText(text)
    writeInt16(0)
    end(start)
  },
  bind(name, values) {
    const start = begin(code.bind)
    writeText('')
    writeText(name)
    writeFormats(values)
    writeInt16(values.length)
    for (const value of values) writeValue(value)
    writeInt16(0)
    end(start)
  },
  describe: () => writeBytes(describePortal),
  execute: () => writeBytes(executePortal),
  sync: () => writeBytes(syncMessage),
}

const code = { parse: 0x50, bind: 0x42 }
const describePortal = Buffer.from('D\0\0\0\x06P\0')
const executePortal = Buffer.from('E\0\0\0\x09\0\0\0\0\0')
const syncMessage = Buffer.from('S\0\0\0\x04')

/** Returns where the length of the message goes. */
function begin(first: number): number {
  reserve(5)
  memory[length] = first
  length += 5
  return length - 4
}

const end = (start: number): void => void memory.writeInt32BE(length - start, start)

/** Without any, all values are texts. */
function writeFormats(values: readonly PacketValue[]): void {
  if (!values.some((value) => Buffer.isBuffer(value))) return writeInt16(0)
  writeInt16(values.length)
  for (const value of values) writeInt16(Buffer.isBuffer(value) ? 1 : 0)
}

function writeValue(value: PacketValue): void {
  reserve(4)
  const start = length
  length += 4
  if (typeof value === 'string') writeUtf8(value)
  else if (value) writeBytes(value)
  memory.writeInt32BE(value === null ? -1 : length - start - 4, start)
}

/** A text that ends with NUL. */
function writeText(text: string): void {
  writeUtf8(text)
  reserve(1)
  memory[length++] = 0
}

function writeUtf8(text: string): void {
  // A unit of UTF-16 has three bytes at most.
  reserve(text.length < 1_000 ? text.length * 3 : Buffer.byteLength(text))
  length += memory.write(text, length, 'utf8')
}

function writeBytes(bytes: Buffer): void {
  reserve(bytes.length)
  length += bytes.copy(memory, length)
}

function writeInt16(value: number): void {
  reserve(2)
  length = memory.writeUInt16BE(value, length)
}

function reserve(size: number): void {
  if (length + size <= memory.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(length + size, memory.length * 2))
  memory.copy(larger, 0, 0, length)
  memory = larger
}
