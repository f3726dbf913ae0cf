import { nowSeconds } from '../common/clock.ts'
import {
  defaultProject,
  toProject,
  type CreateProjectRequest,
  type ModifyProjectRequest,
  type Project,
  type ProjectRecord,
  type ProjectsQuery,
} from '../contract/projects.ts'
import { defaultProjectStays, notFound, projectIsArchived } from '../errors/errors.ts'
import { newProjectId } from '../common/ids.ts'
import type { Reader, Transaction } from '../store/database.ts'
import * as rows from '../store/projects.ts'
import { audit } from './audit-logs.ts'
import { toListPage, type List } from './list.ts'
import type { OrganizationContext } from './organization-context.ts'

export async function createProject(
  ctx: OrganizationContext,
  { name }: CreateProjectRequest,
): Promise<Project> {
  const project = { seq: 0, id: newProjectId(), name, created_at: nowSeconds(), archived_at: null }
  await ctx.db.write(async (tx) => {
    await rows.insertProject(tx, project)
    const body = { data: { name, title: name } }
    await audit(tx, ctx, { type: 'project.created', project: project.id, resource: project.id, body })
  })
  return toProject(project)
}

export async function listProjects(
  ctx: OrganizationContext,
  { include_archived, ...query }: ProjectsQuery,
): Promise<List<Project>> {
  const archived = include_archived === 'true'
  return toListPage(await rows.listProjects(ctx.db, { ...query, order: 'asc', archived }), toProject)
}

export const retrieveProject = async (ctx: OrganizationContext, id: string): Promise<Project> =>
  toProject(await findProject(ctx.db, id))

export const modifyProject = (
  ctx: OrganizationContext,
  id: string,
  { name }: ModifyProjectRequest,
): Promise<Project> =>
  ctx.db.write(async (tx) => {
    const project = await findActiveProject(tx, id)
    if (name === undefined) return toProject(project)
    const changed = { ...project, name }
    await rows.updateProject(tx, changed)
    const body = { changes_requested: { title: name } }
    await audit(tx, ctx, { type: 'project.updated', project: id, resource: id, body })
    return toProject(changed)
  })

/** The keys of an archived project open nothing any more. What is in it stays, and its runs under way end by themselves. */
export const archiveProject = (ctx: OrganizationContext, id: string): Promise<Project> =>
  ctx.db.write(async (tx) => {
    const project = await findActiveProject(tx, id)
    if (id === defaultProject) throw defaultProjectStays()
    const archived = { ...project, archived_at: nowSeconds() }
    await rows.updateProject(tx, archived)
    await audit(tx, ctx, { type: 'project.archived', project: id, resource: id, body: {} })
    return toProject(archived)
  })

export async function findProject(db: Reader, id: string): Promise<ProjectRecord> {
  const project = await rows.getProject(db, id)
  if (!project) throw notFound('project', id)
  return project
}

/** Locks the project, so that nobody archives it while something is put into it. */
export async function findActiveProject(tx: Transaction, id: string): Promise<ProjectRecord> {
  await tx.lock('projects', id)
  const project = await findProject(tx, id)
  if (project.archived_at !== null) throw projectIsArchived(id)
  return project
}
