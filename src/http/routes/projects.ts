import { createProjectRequest, modifyProjectRequest, projectsQuery } from '../../contract/projects.ts'
import {
  archiveProject,
  createProject,
  listProjects,
  modifyProject,
  retrieveProject,
} from '../../operations/projects.ts'
import { answer } from '../answer.ts'
import { organizationOf, type Api } from '../call.ts'
import { readJson, readQuery } from '../input.ts'

export function projectRoutes(api: Api): void {
  api.get('/organization/projects', async (c) =>
    answer(c, await listProjects(organizationOf(c), readQuery(c, projectsQuery))),
  )

  api.post('/organization/projects', async (c) =>
    answer(c, await createProject(organizationOf(c), await readJson(c, createProjectRequest))),
  )

  api.get('/organization/projects/:project_id', async (c) =>
    answer(c, await retrieveProject(organizationOf(c), c.req.param('project_id'))),
  )

  api.post('/organization/projects/:project_id', async (c) => {
    const ctx = organizationOf(c)
    const input = await readJson(c, modifyProjectRequest)
    return answer(c, await modifyProject(ctx, c.req.param('project_id'), input))
  })

  api.post('/organization/projects/:project_id/archive', async (c) =>
    answer(c, await archiveProject(organizationOf(c), c.req.param('project_id'))),
  )
}
