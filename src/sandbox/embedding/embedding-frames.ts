/** A message to or from the process of the model. embed.py explains number, word and body. */
export interface EmbeddingFrame {
  number: number
  word: number
  body: Buffer
}

const headerBytes = 12

/** Encodes a frame: length, number and word, each 32 bits, then the body. */
export function frame(number: number, word: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(body.length, 0)
  header.writeUInt32LE(number, 4)
  header.writeUInt32LE(word, 8)
  return Buffer.concat([header, body])
}

/** Collects the bytes that arrive, and returns the frames that are complete. */
export function frameReader(): (chunk: Buffer) => EmbeddingFrame[] {
  let kept: Buffer = Buffer.alloc(0)
  return (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    const frames: EmbeddingFrame[] = []
    let at = 0
    while (kept.length - at >= headerBytes) {
      const end = at + headerBytes + kept.readUInt32LE(at)
      if (end > kept.length) break
      const [number, word] = [kept.readUInt32LE(at + 4), kept.readUInt32LE(at + 8)]
      frames.push({ number, word, body: kept.subarray(at + headerBytes, end) })
      at = end
    }
    kept = kept.subarray(at)
    return frames
  }
}
