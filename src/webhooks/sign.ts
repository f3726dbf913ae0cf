import { createHmac, randomBytes } from 'node:crypto'
import { nowSeconds } from '../common/clock.ts'

/** In the form of Standard Webhooks: base64 of random bytes after a prefix. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`

/** What signs for an endpoint. The secret before the current one does so for a while after it was changed. */
export interface Signing {
  secret: string
  old_secret: string | null
  /** In Unix seconds. */
  old_secret_until: number | null
}

/** The headers of Standard Webhooks, which `client.webhooks.unwrap` checks: one signature for each secret in force. */
export function signWebhook(
  { secret, old_secret, old_secret_until }: Signing,
  id: string,
  body: string,
): Record<string, string> {
  const now = nowSeconds()
  const secrets = old_secret !== null && (old_secret_until ?? 0) > now ? [secret, old_secret] : [secret]
  const signatures = secrets.map((one) => {
    const key = Buffer.from(one.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${now}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(now), 'webhook-signature': signatures.join(' ') }
}
