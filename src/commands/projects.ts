import { columns, connectAdmin, day, findProject, projectsOf, type ProjectObject } from './admin-api.ts'
import type { CommandContext, Given } from './command.ts'

/** `threadmill projects`: lists the projects of the running server. */
export async function listProjects(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  const projects: ProjectObject[] = []
  for await (const one of projectsOf(connectAdmin(context), given.flag('archived'))) projects.push(one)
  if (given.flag('json')) output.json(projects)
  else {
    const rows = projects.map(({ id, name, created_at, status }) => [id, status, day(created_at), name])
    for (const line of columns([['ID', 'STATUS', 'CREATED', 'NAME'], ...rows])) output.print(line)
  }
  return 0
}

/** `threadmill projects create NAME`. */
export async function createProject(given: Given, context: CommandContext): Promise<number> {
  const { output, program } = context
  const name = given.parameter('NAME')
  const project = await connectAdmin(context).post<ProjectObject>('/organization/projects', { name })
  if (given.flag('json')) output.json(project)
  else {
    output.print(project.id)
    output.note(`the project "${name}" has no key yet: ${program} keys create --project ${project.id}`)
  }
  return 0
}

/** `threadmill projects archive PROJECT`: its keys open nothing any more. */
export async function archiveProject(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  const api = connectAdmin(context)
  const { id } = await findProject(api, given.parameter('PROJECT'))
  const archived = await api.post<ProjectObject>(`/organization/projects/${id}/archive`, {})
  if (given.flag('json')) output.json(archived)
  else output.print(`${id} is archived: its keys open nothing any more, and what is in it stays.`)
  return 0
}
