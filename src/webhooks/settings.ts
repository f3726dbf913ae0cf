import { hash } from 'node:crypto'
import { z } from 'zod'
import { defaultProject } from '../contract/projects.ts'
import { webhookEventTypes, type WebhookEventType } from '../contract/webhooks.ts'
import { nowSeconds } from '../common/clock.ts'
import type { Database } from '../store/database.ts'
import {
  deleteWebhookEndpoint,
  putWebhookEndpoint,
  webhookEndpointsOfSettings,
} from '../store/webhook-endpoints.ts'

/** An endpoint of the settings. */
export interface WebhookSettings {
  url: string
  /** `whsec_` and the key of the signatures in Base64. */
  secret: string
  name: string
  project: string
  eventTypes: WebhookEventType[]
}

const webhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{22,}={0,2}$/, 'must be whsec_ and 16 bytes or more in Base64')

const file = z.array(
  z.strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
    secret: webhookSecret.optional(),
    secret_env: z.string().min(1).optional(),
    name: z.string().min(1).optional(),
    project: z.string().min(1).default(defaultProject),
    event_types: z
      .array(z.enum(webhookEventTypes))
      .min(1)
      .default([...webhookEventTypes]),
  }),
)

/** Reads the key `webhooks` of the parsed config file. Problems are sentences for the operator and have no secret. */
export function readWebhookSettings(
  config: unknown,
  env: Record<string, string | undefined>,
): { settings: WebhookSettings[]; problems: string[] } {
  const parsed = file.safeParse((config as { webhooks?: unknown } | null)?.webhooks ?? [])
  const problems = (parsed.error?.issues ?? []).map(
    ({ path, message }) => `${['webhooks', ...path].join('.')}: ${message}`,
  )
  const settings = (parsed.data ?? []).map(
    ({ url, secret, secret_env, name, project, event_types }, at): WebhookSettings => {
      const found = secret ?? (secret_env === undefined ? undefined : env[secret_env])
      if (secret !== undefined && secret_env !== undefined)
        problems.push(`webhooks.${at} has both secret and secret_env`)
      else if (found === undefined)
        problems.push(
          secret_env === undefined
            ? `webhooks.${at} needs a secret or secret_env`
            : `webhooks.${at}.secret_env names ${secret_env}, which is not set`,
        )
      else if (!webhookSecret.safeParse(found).success)
        problems.push(`webhooks.${at}.secret_env must be whsec_ and 16 bytes or more in Base64`)
      return {
        url,
        secret: found ?? '',
        name: name ?? new URL(url).hostname,
        project,
        eventTypes: [...new Set(event_types)],
      }
    },
  )
  return { settings, problems }
}

/** Puts the endpoints of the settings into the database, and takes those out that are no longer there. */
export async function keepWebhookSettings(db: Database, settings: readonly WebhookSettings[]): Promise<void> {
  const before = await webhookEndpointsOfSettings(db)
  if (before.length === 0 && settings.length === 0) return
  const at = nowSeconds()
  const now = settings.map(({ url, secret, name, project, eventTypes }) => ({
    id: `whe_${hash('sha256', JSON.stringify([project, url]), 'hex').slice(0, 32)}`,
    project,
    name,
    url,
    event_types: eventTypes,
    secret,
    old_secret: null,
    old_secret_until: null,
    of_settings: true,
    created_at: at,
    updated_at: at,
  }))
  await db.write(async (tx) => {
    for (const endpoint of now) await putWebhookEndpoint(tx, endpoint)
    for (const endpoint of before)
      if (!now.some(({ id }) => id === endpoint.id)) await deleteWebhookEndpoint(tx, endpoint)
  })
}
