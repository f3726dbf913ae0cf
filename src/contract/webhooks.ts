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
