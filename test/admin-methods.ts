import OpenAI from 'openai'

export interface AdminRequest {
  /** As a program writes it: `organization.projects.apiKeys.list`. */
  name: string
  method: string
  path: string
}

/** Whatever a path of the official client needs besides its first id. */
const ids = Object.fromEntries(
  [
    'project_id',
    'user_id',
    'group_id',
    'role_id',
    'service_account_id',
    'identity_provider_id',
    'workload_identity_provider_id',
    'api_key_id',
  ].map((name) => [name, 'x']),
)

/** What each method of the administration API of the official client sends. Every id is `x`. */
export async function adminRequests(): Promise<AdminRequest[]> {
  const sent: Omit<AdminRequest, 'name'>[] = []
  const client = new OpenAI({
    baseURL: 'http://nowhere/v1',
    apiKey: 'x',
    adminAPIKey: 'x',
    maxRetries: 0,
    fetch: async (url, init) => {
      const { pathname } = new URL(url instanceof Request ? url.url : url)
      sent.push({ method: init?.method?.toUpperCase() ?? 'GET', path: pathname })
      return Response.json({ data: [] })
    },
  })
  /** Methods differ in how many ids stand before their parameters: what does not fit is refused before anything is sent. */
  async function requestOf(method: (...args: unknown[]) => Promise<unknown>) {
    sent.length = 0
    for (const args of [[ids], ['x', ids], ['x', 'x', ids]]) {
      try {
        await method(...args)
      } catch {
        // The next ones may fit.
      }
      const last = sent.at(-1)
      if (last && !/undefined|object/.test(last.path)) return last
    }
    throw new Error(`no arguments of ${method.name} fit`)
  }
  async function walk(resource: object, name: string): Promise<AdminRequest[]> {
    const found: AdminRequest[] = []
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(resource))) {
      if (method === 'constructor' || method.startsWith('_')) continue
      const call = Reflect.get(resource, method) as (...args: unknown[]) => Promise<unknown>
      found.push({ name: `${name}.${method}`, ...(await requestOf(call.bind(resource))) })
    }
    for (const [key, inner] of Object.entries(resource))
      if (key !== '_client' && inner instanceof Object) found.push(...(await walk(inner, `${name}.${key}`)))
    return found
  }
  return walk(client.admin.organization, 'organization')
}
