type Kind = { kind: 'picture' | 'text'; value: string } | { kind: 'pdf' | 'other'; value?: undefined }

/** What bytes are, by their first ones: a name says nothing certain. `value` is the media type, or the text. */
export function kindOf(bytes: Uint8Array<ArrayBuffer>): Kind {
  const start = String.fromCharCode(...bytes.subarray(0, 1_024))
  const picture = pictures.find(([mark]) => mark.test(start))
  if (picture) return { kind: 'picture', value: picture[1] }
  if (start.includes('%PDF-')) return { kind: 'pdf' }
  const text = asText(bytes)
  return text === undefined ? { kind: 'other' } : { kind: 'text', value: text }
}

const pictures: [RegExp, string][] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8/, 'image/gif'],
  [/^RIFF.{4}WEBP/s, 'image/webp'],
]

/** Undefined for bytes that are no text. A character that was cut at the end does not make it otherwise. */
function asText(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  const encoding = encodings.find(([mark]) => mark.every((byte, at) => bytes[at] === byte))?.[1] ?? 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true })
    // oxlint-disable-next-line no-control-regex -- these are in no text
    return /[\u0000-\u0008\u000e-\u001a]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

const encodings: [number[], string][] = [
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
]
