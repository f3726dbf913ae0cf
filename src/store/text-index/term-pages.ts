/** A term and its postings, in blocks. */
export type Entry = [term: string, postings: Uint8Array]

/**
 * In bytes. A page contains the entries of some dozens of terms. One row for each term would cost ten times as much.
 */
const pageBytes = 2_048

/** Splits the entries into pages, in the order of the terms' bytes, which is also how the database compares them. */
export function pagesOf(entries: readonly Entry[]): { first: string; bytes: Uint8Array }[] {
  const pages: { first: string; bytes: Uint8Array }[] = []
  let page: Uint8Array[] = []
  let [first, size] = ['', 0]
  const end = () => {
    if (page.length > 0) pages.push({ first, bytes: Buffer.concat(page, size) })
    page = []
    size = 0
  }
  for (const [term, postings] of inOrder(entries)) {
    if (page.length === 0) first = term
    const bytes = Buffer.from(term)
    const head = Buffer.alloc(6 + bytes.length)
    head.writeUInt16LE(bytes.length, 0)
    head.writeUInt32LE(postings.length, 2)
    bytes.copy(head, 6)
    page.push(head, postings)
    size += head.length + postings.length
    if (size >= pageBytes) end()
  }
  end()
  return pages
}

export function readEntries(page: Uint8Array, take: (term: string, postings: Uint8Array) => void): void {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength)
  for (let at = 0; at < bytes.length;) {
    const term = at + 6
    const postings = term + bytes.readUInt16LE(at)
    at = postings + bytes.readUInt32LE(at + 2)
    take(bytes.toString('utf8', term, postings), bytes.subarray(postings, at))
  }
}

export function findEntry(page: Uint8Array, wanted: Buffer): Uint8Array | undefined {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength)
  for (let at = 0; at < bytes.length;) {
    const term = at + 6
    const postings = term + bytes.readUInt16LE(at)
    const end = postings + bytes.readUInt32LE(at + 2)
    if (postings - term === wanted.length && bytes.compare(wanted, 0, wanted.length, term, postings) === 0) {
      return bytes.subarray(postings, end)
    }
    at = end
  }
  return undefined
}

/** Strings are compared by UTF-16 units. That is the order of their bytes, except for characters beyond 16 bits. */
function inOrder(entries: readonly Entry[]): Entry[] {
  return entries.some(([term]) => /[\ud800-\udfff]/.test(term))
    ? entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    : entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
