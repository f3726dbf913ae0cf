import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
const version = 'tm1'
const nonceBytes = 12
const tagBytes = 16

/** What only this server can read again, as text that a caller keeps. It belongs to `project`. `key` has 32 bytes. */
export function seal(key: Buffer, project: string, value: unknown): string {
  const nonce = randomBytes(nonceBytes)
  const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(project))
  const body = Buffer.concat([sealing.update(JSON.stringify(value)), sealing.final()])
  return `${version}.${Buffer.concat([nonce, sealing.getAuthTag(), body]).toString('base64url')}`
}

/** Undefined for what was sealed elsewhere or for another project, or was changed since. */
export function unseal(key: Buffer, project: string, text: string): unknown {
  const [mark, sealed] = text.split('.')
  if (mark !== version || sealed === undefined) return undefined
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < nonceBytes + tagBytes) return undefined
  try {
    const opening = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
      .setAAD(Buffer.from(project))
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    const body = Buffer.concat([opening.update(bytes.subarray(nonceBytes + tagBytes)), opening.final()])
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
