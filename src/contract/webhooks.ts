import { z } from 'zod'
import { list, optional, refuseWhen, text, withDefault } from './limits.ts'
import { object } from './objects.ts'
import { accessName } from './organization.ts'

/**
 * The events that webhooks tell of. Those of responses have the names of the original, those of runs are the names of their
 * events in a stream, and the last one is told when a project has used up a budget that stops nothing.
 */
export const webhookEventTypes = [
  'response.completed',
  'response.failed',
  'response.cancelled',
  'response.incomplete',
  'thread.run.requires_action',
  'thread.run.completed',
  'thread.run.failed',
  'thread.run.cancelled',
  'thread.run.incomplete',
  'thread.run.expired',
  'budget.soft_limit_reached',
] as const

export type WebhookEventType = (typeof webhookEventTypes)[number]

/** What has happened. `data` names it by its id; whoever wants more asks for it. */
export interface WebhookEvent {
  type: WebhookEventType
  data: Record<string, unknown>
}

/** An event as it is sent. */
export const toWebhookBody = ({ type, data }: WebhookEvent, id: string, createdAt: number) => ({
  object: 'event' as const,
  id,
  type,
  created_at: createdAt,
  data,
})

/** Where events of a project are sent. */
export interface WebhookEndpointRecord {
  seq: number
  id: string
  project: string
  name: string
  url: string
  event_types: WebhookEventType[]
  /** `whsec_` and the key of the signatures in Base64. */
  secret: string
  /** The one before, which signs as well until `old_secret_until` (Unix seconds). */
  old_secret: string | null
  old_secret_until: number | null
  /** Whether it is in the settings of the servers, where alone it is changed. */
  of_settings: boolean
  created_at: number
  updated_at: number
}

export interface WebhookEndpoint {
  id: string
  object: 'webhook_endpoint'
  name: string
  url: string
  event_types: WebhookEventType[]
  signing_secret_hint: string
  created_at: number
  updated_at: number
}

export const toWebhookEndpoint = (endpoint: WebhookEndpointRecord): WebhookEndpoint => ({
  id: endpoint.id,
  object: 'webhook_endpoint',
  name: endpoint.name,
  url: endpoint.url,
  event_types: endpoint.event_types,
  signing_secret_hint: `whsec_...${endpoint.secret.slice(-4)}`,
  created_at: endpoint.created_at,
  updated_at: endpoint.updated_at,
})

/** Only the answers to the creation and to a new secret have the secret. */
export const toWebhookEndpointWithSecret = (endpoint: WebhookEndpointRecord) => ({
  ...toWebhookEndpoint(endpoint),
  signing_secret: endpoint.secret,
})

const url = text(2_048).check(
  refuseWhen((value) =>
    /^https?:$/.test(URL.parse(value)?.protocol ?? '')
      ? undefined
      : { code: 'invalid_value', message: "Invalid '{param}': expected an http or https address." },
  ),
)
/** Each type is kept once. */
const eventTypes = list(z.enum(webhookEventTypes), webhookEventTypes.length, 1).transform((types) => [
  ...new Set(types),
])

export const createWebhookEndpointRequest = object({ name: accessName, url, event_types: eventTypes })
export type CreateWebhookEndpointRequest = z.output<typeof createWebhookEndpointRequest>

export const modifyWebhookEndpointRequest = object({
  name: optional(accessName),
  url: optional(url),
  event_types: optional(eventTypes),
})
export type ModifyWebhookEndpointRequest = z.output<typeof modifyWebhookEndpointRequest>

export const rotateWebhookSecretRequest = object({
  keep_old_secret_active_for_24_hours: withDefault(z.boolean(), false),
})
export type RotateWebhookSecretRequest = z.output<typeof rotateWebhookSecretRequest>

export const testWebhookEndpointRequest = object({ event_type: z.enum(webhookEventTypes) })
export type TestWebhookEndpointRequest = z.output<typeof testWebhookEndpointRequest>
