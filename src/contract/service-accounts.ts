import { z } from 'zod'
import { optional, withDefault } from './limits.ts'
import { object } from './objects.ts'
import { accessName, expiresIn } from './organization.ts'

/** A program that uses a project. Its keys are the keys of the project. */
export interface ServiceAccount {
  id: string
  object: 'organization.project.service_account'
  name: string
  role: ServiceAccountRole
  created_at: number
}

/** A role is kept and shown, and gives no more rights than the other. */
export type ServiceAccountRole = 'member' | 'owner'

export interface ServiceAccountRecord {
  seq: number
  id: string
  project: string
  name: string
  role: ServiceAccountRole
  created_at: number
}

export const toServiceAccount = ({ id, name, role, created_at }: ServiceAccountRecord): ServiceAccount => ({
  id,
  object: 'organization.project.service_account',
  name,
  role,
  created_at,
})

/** The only answer that has the key itself. */
export interface NewServiceAccountKey {
  id: string
  object: 'organization.project.service_account.api_key'
  name: string
  value: string
  created_at: number
  expires_at: number | null
}

export const createServiceAccountRequest = object({
  name: accessName,
  create_service_account_only: withDefault(z.boolean(), false),
  expires_in_seconds: expiresIn,
})
export type CreateServiceAccountRequest = z.output<typeof createServiceAccountRequest>

export const modifyServiceAccountRequest = object({
  name: optional(accessName),
  role: optional(z.enum(['member', 'owner'])),
})
export type ModifyServiceAccountRequest = z.output<typeof modifyServiceAccountRequest>
