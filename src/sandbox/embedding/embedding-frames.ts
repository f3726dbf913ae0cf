/** What goes to the model's process and comes from it; embed.py says what number, word and body mean. */
export interface EmbeddingFrame {
  number: number
  word: number
  body: Buffer
}

const headerBytes = 12

/** As bytes for the pipe: length, number and word, each 32 bits, then the body. */
export function frame(number: number, word: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(body.length, 0)
  header.writeUInt32LE(number, 4)
  header.writeUInt32LE(word, 8)
  return Buffer.concat([header, body])
}

/** Takes bytes as they come, and gives the frames that are whole. */
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
