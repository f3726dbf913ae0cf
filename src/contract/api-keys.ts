import { z } from 'zod'
import { integer, optional } from './limits.ts'
import { object } from './objects.ts'
import { accessName, expiresIn, longestKeySeconds, organizationQuery } from './organization.ts'
import type { ServiceAccountRecord } from './service-accounts.ts'

export interface ApiKeyRecord {
  seq: number
  id: string
  /** '' for a key of the whole organization. */
  project: string
  /** The id of the service account that owns it, or '' for a key of the whole organization. */
  service_account: string
  name: string
  /** The SHA-256 of the key, in hexadecimal digits. Null for a key of the settings, which the servers know by themselves. */
  hash: string | null
  /** The beginning and the end of the key. */
  redacted: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

export interface ProjectApiKey {
  id: string
  object: 'organization.project.api_key'
  name: string
  redacted_value: string
  created_at: number
  last_used_at: number | null
  expires_at: number | null
  owner: {
    type: 'service_account'
    service_account: Pick<ServiceAccountRecord, 'id' | 'name' | 'role' | 'created_at'>
  }
  owner_project_access: 'active'
}

export const toProjectApiKey = (
  key: ApiKeyRecord,
  { id, name, role, created_at }: ServiceAccountRecord,
): ProjectApiKey => ({
  id: key.id,
  object: 'organization.project.api_key',
  name: key.name,
  redacted_value: key.redacted,
  created_at: key.created_at,
  last_used_at: key.last_used_at,
  expires_at: key.expires_at,
  owner: { type: 'service_account', service_account: { id, name, role, created_at } },
  owner_project_access: 'active',
})

export interface AdminApiKey {
  id: string
  object: 'organization.admin_api_key'
  name: string
  redacted_value: string
  created_at: number
  last_used_at: number | null
  expires_at: number | null
  owner: typeof operator
}

/** A server has no users. Whoever holds an admin key is its operator. */
const operator = {
  type: 'user',
  object: 'organization.user',
  id: 'user-operator',
  name: 'Operator',
  created_at: 0,
  role: 'owner',
} as const

export const toAdminApiKey = (key: ApiKeyRecord): AdminApiKey => ({
  id: key.id,
  object: 'organization.admin_api_key',
  name: key.name,
  redacted_value: key.redacted,
  created_at: key.created_at,
  last_used_at: key.last_used_at,
  expires_at: key.expires_at,
  owner: operator,
})

export const createAdminApiKeyRequest = object({ name: accessName, expires_in_seconds: expiresIn })
export type CreateAdminApiKeyRequest = z.output<typeof createAdminApiKeyRequest>

export const adminApiKeysQuery = organizationQuery.extend({ order: z.enum(['asc', 'desc']).default('asc') })
export type AdminApiKeysQuery = z.output<typeof adminApiKeysQuery>

/** `scopes`, which the original has as well, is refused: each key may do everything in its project. */
export const modifyApiKeyRequest = object({ expires_in_seconds: integer(1, longestKeySeconds) })
export type ModifyApiKeyRequest = z.output<typeof modifyApiKeyRequest>

/** Every owner of a key here has access, so `inactive` finds none. */
export const apiKeysQuery = organizationQuery.extend({
  owner_project_access: z.enum(['active', 'inactive', 'any']).default('any'),
})
export type ApiKeysQuery = z.output<typeof apiKeysQuery>

export const createServiceAccountKeyRequest = object({
  name: optional(accessName),
  expires_in_seconds: expiresIn,
})
export type CreateServiceAccountKeyRequest = z.output<typeof createServiceAccountKeyRequest>
