import assert from 'node:assert/strict'
import { crc32, inflateSync } from 'node:zlib'

export interface Picture {
  width: number
  height: number
  /** The colours that occur, in hex: `ff0000ff` for an opaque red. */
  colours: Set<string>
}

const samples: Record<number, number> = { 0: 1, 2: 3, 4: 2, 6: 4 }

/** Decodes a PNG of eight bits a sample, without a palette and not interlaced. Throws where one byte of it is wrong. */
export function readPng(bytes: Buffer): Picture {
  assert.equal(bytes.toString('latin1', 0, 8), '\u0089PNG\r\n\u001a\n', 'the signature of a PNG')
  const data: Buffer[] = []
  let header: Buffer | undefined
  let kind = ''
  for (let at = 8; at < bytes.length;) {
    const size = bytes.readUInt32BE(at)
    kind = bytes.toString('latin1', at + 4, at + 8)
    const body = bytes.subarray(at + 8, at + 8 + size)
    assert.equal(
      bytes.readUInt32BE(at + 8 + size),
      crc32(bytes.subarray(at + 4, at + 8 + size)),
      `${kind}'s sum`,
    )
    if (kind === 'IHDR') header = body
    if (kind === 'IDAT') data.push(body)
    at += 12 + size
  }
  assert.equal(kind, 'IEND')
  assert.ok(header)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth, type, , , interlace] = header.subarray(8)
  const size = samples[type ?? -1]
  assert.ok(depth === 8 && size !== undefined && interlace === 0, 'a kind of PNG that is read here')
  const rows = unfiltered(inflateSync(Buffer.concat(data)), { stride: width * size, height, size })
  const colours = new Set<string>()
  for (let at = 0; at < rows.length; at += size) {
    const one = rows.toString('hex', at, at + size)
    colours.add(size < 3 ? one.slice(0, 2).repeat(3) + (one.slice(2) || 'ff') : one.padEnd(8, 'f'))
  }
  return { width, height, colours }
}

/** Each row begins with the number of the filter that it went through (PNG, section 9). */
function unfiltered(
  raw: Buffer,
  { stride, height, size }: { stride: number; height: number; size: number },
): Buffer {
  assert.equal(raw.length, (stride + 1) * height, 'as many bytes as the picture has')
  const rows = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x < size ? 0 : rows[at - size]!
      const up = y === 0 ? 0 : rows[at - stride]!
      const corner = x < size || y === 0 ? 0 : rows[at - stride - size]!
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 5]
      assert.ok(guess !== undefined, 'a filter of PNG')
      rows[at] = raw[y * (stride + 1) + 1 + x]! + guess
    }
  }
  return rows
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}
