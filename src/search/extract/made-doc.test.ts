// Makes files of Word before 2007 for tests. It contains no tests.

/**
 * A file in Word's old format: a file system of sectors with two streams, one for the text and one for the table with
 * its positions.
 */
export function doc(
  text: string,
  {
    encrypted = false,
    magic = 0xa5ec,
    counted = text.length,
    runs = [],
  }: {
    encrypted?: boolean
    magic?: number
    /** The number of characters according to the head of the document. */
    counted?: number
    /** Runs of characters in their order, each with its length and the bytes of its properties. */
    runs?: [length: number, properties: number[]][]
  } = {},
): Buffer {
  const bytes = Buffer.from(text, 'utf16le')
  const textAt = 0x400
  const textEnd = Math.ceil((textAt + bytes.length) / 512) * 512
  const document = Buffer.alloc(Math.max(4096, textEnd + 512))
  document.writeUInt16LE(magic, 0)
  document.writeUInt16LE(0xc1, 2)
  document.writeUInt16LE(0x0200 | (encrypted ? 0x0100 : 0), 10)
  document.writeUInt32LE(counted, 0x4c)
  document.writeUInt32LE(21, 0x01a6)
  bytes.copy(document, textAt)
  const table = Buffer.alloc(4096)
  table.writeUInt8(2, 0)
  table.writeUInt32LE(16, 1)
  table.writeUInt32LE(0, 5)
  table.writeUInt32LE(text.length, 9)
  table.writeUInt32LE(textAt, 15)
  if (runs.length > 0) {
    // A page of runs: the byte position of each run, the position of its properties, and the properties from the end of
    // the page.
    const page = document.subarray(textEnd, textEnd + 512)
    let [place, free] = [textAt, 510]
    for (const [at, [length, properties]] of runs.entries()) {
      page.writeUInt32LE(place, at * 4)
      page.writeUInt32LE((place += length * 2), (at + 1) * 4)
      free = (free - properties.length - 1) & ~1
      page.writeUInt8(free / 2, (runs.length + 1) * 4 + at)
      Buffer.from([properties.length, ...properties]).copy(page, free)
    }
    page.writeUInt8(runs.length, 511)
    table.writeUInt32LE(textAt, 64)
    table.writeUInt32LE(place, 68)
    table.writeUInt32LE(textEnd / 512, 72)
    document.writeUInt32LE(64, 0xfa)
    document.writeUInt32LE(12, 0xfe)
  }

  const documentSectors = document.length / 512
  const chain = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => (at === count - 1 ? -2 : from + at + 1))
  // Sector 0 contains the allocation table and sector 1 the folder. The two streams follow.
  const allocation = [-3, -2, ...chain(2, documentSectors), ...chain(2 + documentSectors, 8)]
  const sat = Buffer.alloc(512, 0xff)
  for (const [at, next] of allocation.entries()) sat.writeInt32LE(next, at * 4)
  const entry = (name: string, type: number, child: number, right: number, sector: number, size: number) => {
    const out = Buffer.alloc(128)
    out.write(name, 'utf16le')
    out.writeUInt16LE((name.length + 1) * 2, 64)
    out.writeUInt8(type, 66)
    out.writeUInt8(1, 67)
    for (const [at, value] of [-1, right, child].entries()) out.writeInt32LE(value, 68 + at * 4)
    out.writeInt32LE(sector, 116)
    out.writeInt32LE(size, 120)
    return out
  }
  const folder = [
    entry('Root Entry', 5, 1, -1, -2, 0),
    entry('WordDocument', 2, -1, 2, 2, document.length),
    entry('1Table', 2, -1, -1, 2 + documentSectors, table.length),
    Buffer.alloc(128),
  ]
  const header = Buffer.alloc(512, 0xff)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header)
  header.fill(0, 8, 76)
  header.writeUInt16LE(9, 30)
  header.writeUInt16LE(6, 32)
  header.writeInt32LE(1, 44)
  header.writeInt32LE(1, 48)
  header.writeInt32LE(4096, 56)
  header.writeInt32LE(-2, 60)
  header.writeInt32LE(-2, 68)
  header.writeInt32LE(0, 76)
  return Buffer.concat([header, sat, ...folder, document, table])
}
