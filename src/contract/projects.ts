import { z } from 'zod'
import { optional } from './limits.ts'
import { object } from './objects.ts'
import { accessName, organizationQuery } from './organization.ts'

/** The project of whoever starts a server and asks for no other. */
export const defaultProject = 'default'

export interface Project {
  id: string
  object: 'organization.project'
  name: string
  created_at: number
  archived_at: number | null
  status: 'active' | 'archived'
}

export interface ProjectRecord {
  seq: number
  id: string
  name: string
  created_at: number
  archived_at: number | null
}

export const toProject = ({ id, name, created_at, archived_at }: ProjectRecord): Project => ({
  id,
  object: 'organization.project',
  name,
  created_at,
  archived_at,
  status: archived_at === null ? 'active' : 'archived',
})

export const createProjectRequest = object({ name: accessName })
export type CreateProjectRequest = z.output<typeof createProjectRequest>

export const modifyProjectRequest = object({ name: optional(accessName) })
export type ModifyProjectRequest = z.output<typeof modifyProjectRequest>

export const projectsQuery = organizationQuery.extend({
  include_archived: z.enum(['true', 'false']).default('false'),
})
export type ProjectsQuery = z.output<typeof projectsQuery>
