import { createServiceAccountKeyRequest } from '../../contract/api-keys.ts'
import { organizationQuery } from '../../contract/organization.ts'
import { createServiceAccountRequest, modifyServiceAccountRequest } from '../../contract/service-accounts.ts'
import {
  createServiceAccount,
  createServiceAccountKey,
  deleteServiceAccount,
  listServiceAccounts,
  modifyServiceAccount,
  retrieveServiceAccount,
} from '../../operations/service-accounts.ts'
import { answer } from '../answer.ts'
import { organizationOf, type Api } from '../call.ts'
import { readJson, readQuery } from '../input.ts'

export function serviceAccountRoutes(api: Api): void {
  const all = '/organization/projects/:project_id/service_accounts'
  const one = `${all}/:service_account_id` as const

  api.get(all, async (c) =>
    answer(
      c,
      await listServiceAccounts(
        organizationOf(c),
        c.req.param('project_id'),
        readQuery(c, organizationQuery),
      ),
    ),
  )

  api.post(all, async (c) => {
    const ctx = organizationOf(c)
    const input = await readJson(c, createServiceAccountRequest)
    return answer(c, await createServiceAccount(ctx, c.req.param('project_id'), input))
  })

  api.get(one, async (c) => {
    const { project_id, service_account_id } = c.req.param()
    return answer(c, await retrieveServiceAccount(organizationOf(c), project_id, service_account_id))
  })

  api.post(one, async (c) => {
    const ctx = organizationOf(c)
    const { project_id, service_account_id } = c.req.param()
    const input = await readJson(c, modifyServiceAccountRequest)
    return answer(c, await modifyServiceAccount(ctx, project_id, service_account_id, input))
  })

  api.delete(one, async (c) => {
    const { project_id, service_account_id } = c.req.param()
    return answer(c, await deleteServiceAccount(organizationOf(c), project_id, service_account_id))
  })

  api.post(`${one}/api_keys`, async (c) => {
    const ctx = organizationOf(c)
    const { project_id, service_account_id } = c.req.param()
    const input = await readJson(c, createServiceAccountKeyRequest)
    return answer(c, await createServiceAccountKey(ctx, project_id, service_account_id, input))
  })
}
