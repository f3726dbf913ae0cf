import { nowSeconds } from '../common/clock.ts'
import type { OrganizationQuery } from '../contract/organization.ts'
import {
  toWebhookBody,
  toWebhookEndpoint,
  toWebhookEndpointWithSecret,
  webhookEventTypes,
  type CreateWebhookEndpointRequest,
  type ModifyWebhookEndpointRequest,
  type RotateWebhookSecretRequest,
  type TestWebhookEndpointRequest,
  type WebhookEndpointRecord,
} from '../contract/webhooks.ts'
import { notFound, webhookEndpointOfSettings, webhookTestFailed } from '../errors/errors.ts'
import { newWebhookEndpointId, newWebhookEventId, newWebhookId } from '../common/ids.ts'
import type { Reader } from '../store/database.ts'
import * as rows from '../store/webhook-endpoints.ts'
import { messageOf } from '../webhooks/send.ts'
import { newWebhookSecret } from '../webhooks/sign.ts'
import type { Context } from './context.ts'
import { toListPage } from './list.ts'

const oldSecretSeconds = 86_400

/** The answer is the only one that has the secret, besides that to a new secret. */
export async function createWebhookEndpoint(ctx: Context, input: CreateWebhookEndpointRequest) {
  const at = nowSeconds()
  const endpoint: WebhookEndpointRecord = {
    seq: 0,
    id: newWebhookEndpointId(),
    project: ctx.project,
    ...input,
    secret: newWebhookSecret(),
    old_secret: null,
    old_secret_until: null,
    of_settings: false,
    created_at: at,
    updated_at: at,
  }
  await ctx.db.write((tx) => rows.putWebhookEndpoint(tx, endpoint))
  return toWebhookEndpointWithSecret(endpoint)
}

export const listWebhookEndpoints = async ({ db, project }: Context, query: OrganizationQuery) =>
  toListPage(await rows.listWebhookEndpoints(db, project, { ...query, order: 'desc' }), toWebhookEndpoint)

export const getWebhookEndpoint = async ({ db, project }: Context, id: string) =>
  toWebhookEndpoint(await find(db, project, id))

export const modifyWebhookEndpoint = async (ctx: Context, id: string, input: ModifyWebhookEndpointRequest) =>
  toWebhookEndpoint(
    await change(ctx, id, ({ name, url, event_types }) => ({
      name: input.name ?? name,
      url: input.url ?? url,
      event_types: input.event_types ?? event_types,
    })),
  )

export const rotateWebhookSecret = async (ctx: Context, id: string, input: RotateWebhookSecretRequest) =>
  toWebhookEndpointWithSecret(
    await change(ctx, id, ({ secret }) => ({
      secret: newWebhookSecret(),
      ...(input.keep_old_secret_active_for_24_hours
        ? { old_secret: secret, old_secret_until: nowSeconds() + oldSecretSeconds }
        : { old_secret: null, old_secret_until: null }),
    })),
  )

export const deleteWebhookEndpoint = (ctx: Context, id: string) =>
  ctx.db.write(async (tx) => {
    await rows.deleteWebhookEndpoint(tx, await findOwn(tx, ctx.project, id))
    return { id, object: 'webhook_endpoint.deleted' as const, deleted: true }
  })

export const listWebhookEventTypes = () => ({ object: 'list' as const, data: [...webhookEventTypes] })

/** Sends an event about nothing, at once and only once. Whatever the endpoint answers is a result. */
export async function testWebhookEndpoint(
  ctx: Context,
  id: string,
  { event_type }: TestWebhookEndpointRequest,
) {
  const endpoint = await find(ctx.db, ctx.project, id)
  const event = { type: event_type, data: { id: 'test' } }
  const body = JSON.stringify(toWebhookBody(event, newWebhookEventId(), nowSeconds()))
  const status = await ctx.sendWebhook(endpoint, { id: newWebhookId(), body }).catch((error: unknown) => {
    throw webhookTestFailed(messageOf(error))
  })
  return {
    object: 'webhook_endpoint.test' as const,
    webhook_endpoint_id: id,
    event_type,
    success: true as const,
    status_code: status,
  }
}

async function find(db: Reader, project: string, id: string): Promise<WebhookEndpointRecord> {
  const endpoint = await rows.getWebhookEndpoint(db, project, id)
  if (!endpoint) throw notFound('webhook endpoint', id)
  return endpoint
}

async function findOwn(db: Reader, project: string, id: string): Promise<WebhookEndpointRecord> {
  const endpoint = await find(db, project, id)
  if (endpoint.of_settings) throw webhookEndpointOfSettings()
  return endpoint
}

const change = (
  { db, project }: Context,
  id: string,
  changes: (endpoint: WebhookEndpointRecord) => Partial<WebhookEndpointRecord>,
): Promise<WebhookEndpointRecord> =>
  db.write(async (tx) => {
    await tx.lockOwn(project, 'webhook_endpoints', id)
    const endpoint = await findOwn(tx, project, id)
    const changed = { ...endpoint, ...changes(endpoint) }
    if (JSON.stringify(changed) !== JSON.stringify(endpoint)) changed.updated_at = nowSeconds()
    await rows.updateWebhookEndpoint(tx, changed)
    return changed
  })
