import {
  adminApiKeysQuery,
  apiKeysQuery,
  createAdminApiKeyRequest,
  modifyApiKeyRequest,
} from '../../contract/api-keys.ts'
import {
  createAdminApiKey,
  deleteAdminApiKey,
  deleteProjectApiKey,
  listAdminApiKeys,
  listProjectApiKeys,
  modifyProjectApiKey,
  retrieveAdminApiKey,
  retrieveProjectApiKey,
} from '../../operations/api-keys.ts'
import { answer } from '../answer.ts'
import { organizationOf, type Api } from '../call.ts'
import { readJson, readQuery } from '../input.ts'

export function apiKeyRoutes(api: Api): void {
  const ofProject = '/organization/projects/:project_id/api_keys'
  const one = `${ofProject}/:api_key_id` as const

  api.get(ofProject, async (c) =>
    answer(
      c,
      await listProjectApiKeys(organizationOf(c), c.req.param('project_id'), readQuery(c, apiKeysQuery)),
    ),
  )

  api.get(one, async (c) => {
    const { project_id, api_key_id } = c.req.param()
    return answer(c, await retrieveProjectApiKey(organizationOf(c), project_id, api_key_id))
  })

  api.post(one, async (c) => {
    const ctx = organizationOf(c)
    const { project_id, api_key_id } = c.req.param()
    return answer(
      c,
      await modifyProjectApiKey(ctx, project_id, api_key_id, await readJson(c, modifyApiKeyRequest)),
    )
  })

  api.delete(one, async (c) => {
    const { project_id, api_key_id } = c.req.param()
    return answer(c, await deleteProjectApiKey(organizationOf(c), project_id, api_key_id))
  })

  api.get('/organization/admin_api_keys', async (c) =>
    answer(c, await listAdminApiKeys(organizationOf(c), readQuery(c, adminApiKeysQuery))),
  )

  api.post('/organization/admin_api_keys', async (c) =>
    answer(c, await createAdminApiKey(organizationOf(c), await readJson(c, createAdminApiKeyRequest))),
  )

  api.get('/organization/admin_api_keys/:key_id', async (c) =>
    answer(c, await retrieveAdminApiKey(organizationOf(c), c.req.param('key_id'))),
  )

  api.delete('/organization/admin_api_keys/:key_id', async (c) =>
    answer(c, await deleteAdminApiKey(organizationOf(c), c.req.param('key_id'))),
  )
}
