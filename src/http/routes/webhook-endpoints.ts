import { organizationQuery } from '../../contract/organization.ts'
import {
  createWebhookEndpointRequest,
  modifyWebhookEndpointRequest,
  rotateWebhookSecretRequest,
  testWebhookEndpointRequest,
} from '../../contract/webhooks.ts'
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  listWebhookEventTypes,
  modifyWebhookEndpoint,
  rotateWebhookSecret,
  testWebhookEndpoint,
} from '../../operations/webhook-endpoints.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { readJson, readQuery } from '../input.ts'

export function webhookEndpointRoutes(api: Api): void {
  const one = '/webhook_endpoints/:webhook_endpoint_id'

  api.get('/webhook_event_types', async (c) => {
    contextOf(c)
    return answer(c, listWebhookEventTypes())
  })

  api.get('/webhook_endpoints', async (c) =>
    answer(c, await listWebhookEndpoints(contextOf(c), readQuery(c, organizationQuery))),
  )

  api.post('/webhook_endpoints', async (c) => {
    const ctx = contextOf(c)
    return answer(c, await createWebhookEndpoint(ctx, await readJson(c, createWebhookEndpointRequest)))
  })

  api.get(one, async (c) =>
    answer(c, await getWebhookEndpoint(contextOf(c), c.req.param('webhook_endpoint_id'))),
  )

  api.post(one, async (c) => {
    const ctx = contextOf(c)
    const input = await readJson(c, modifyWebhookEndpointRequest)
    return answer(c, await modifyWebhookEndpoint(ctx, c.req.param('webhook_endpoint_id'), input))
  })

  api.delete(one, async (c) =>
    answer(c, await deleteWebhookEndpoint(contextOf(c), c.req.param('webhook_endpoint_id'))),
  )

  api.post(`${one}/rotate_secret`, async (c) => {
    const ctx = contextOf(c)
    const input = await readJson(c, rotateWebhookSecretRequest)
    return answer(c, await rotateWebhookSecret(ctx, c.req.param('webhook_endpoint_id'), input))
  })

  api.post(`${one}/test`, async (c) => {
    const ctx = contextOf(c)
    const input = await readJson(c, testWebhookEndpointRequest)
    return answer(c, await testWebhookEndpoint(ctx, c.req.param('webhook_endpoint_id'), input))
  })
}
