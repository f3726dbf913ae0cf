import { Transform, type TransformCallback } from 'node:stream'

const headerBytes = 8
/** A larger frame is refused. The engine copies output in parts of 32 KiB. */
const largest = 1 << 20

/**
 * Decodes the output of a container without a terminal, which the engine multiplexes: a header of eight bytes (the
 * number of the stream, three zeros and a big-endian length), then as many bytes. Outputs stdout, and passes stderr to
 * `complain`. Anything else is an error, because the position of the next header is unknown then.
 */
export function demultiplexed(complain: (text: string) => void): Transform {
  const header = Buffer.alloc(headerBytes)
  let had = 0
  let left = 0

  function take(chunk: Buffer, give: (part: Buffer) => void): void {
    let at = 0
    while (at < chunk.length) {
      if (left === 0) {
        const copied = chunk.copy(header, had, at, at + headerBytes - had)
        had += copied
        at += copied
        if (had < headerBytes) return
        had = 0
        left = lengthOf(header)
        continue
      }
      const part = chunk.subarray(at, at + left)
      at += part.length
      left -= part.length
      if (header[0] === 1) give(part)
      else complain(part.toString('latin1'))
    }
  }

  return new Transform({
    transform(chunk: Buffer, _, done: TransformCallback) {
      try {
        take(chunk, (part) => this.push(part))
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
}

function lengthOf(header: Buffer): number {
  const [stream = 0, ...zeros] = header.subarray(0, 4)
  const length = header.readUInt32BE(4)
  const known = (stream === 1 || stream === 2) && zeros.every((byte) => byte === 0)
  if (!known || length > largest) throw new Error('the Docker engine sent a bad header')
  return length
}
