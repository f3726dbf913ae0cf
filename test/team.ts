import assert from 'node:assert/strict'
import OpenAI from 'openai'
import type { TestServer } from './server.ts'

/** A client of the administration API. */
export const adminOf = ({ url, server }: Pick<TestServer, 'url' | 'server'>): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, adminAPIKey: server.adminKey, maxRetries: 0 })

/** A project with a service account and its key, and a client that has the key. */
export async function newProject(server: Pick<TestServer, 'url' | 'server'>, name = 'Team') {
  const { projects } = adminOf(server).admin.organization
  const project = await projects.create({ name })
  const account = await projects.serviceAccounts.create(project.id, { name: 'app' })
  const key = account.api_key
  assert.ok(key)
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key.value, maxRetries: 0 })
  return { project, account, key, client }
}

/** An operation of the administration API that the official client does not have. */
export async function askAdmin<T>(
  { url, server }: Pick<TestServer, 'url' | 'server'>,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<{ status: number; json: T }> {
  const response = await fetch(`${url}/v1/organization${path}`, {
    method,
    headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: (await response.json()) as T }
}
