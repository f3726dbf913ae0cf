import { includeServedByValue } from '../../contract/models.ts'
import { deleteModel, listModels, retrieveModel } from '../../operations/models.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { readIncluded, refuseFilters } from '../input.ts'

/** The name of a model may contain slashes. */
const one = '/models/:model{.+}'
/** The fields of each model in the list. */
const fields = ['id', 'object', 'created', 'owned_by']

export function modelRoutes(api: Api): void {
  api.get('/models', async (c) => {
    refuseFilters(c, fields)
    const servedBy = readIncluded(c, includeServedByValue)
    return answer(c, await listModels(contextOf(c), { servedBy }))
  })

  api.get(one, async (c) => answer(c, await retrieveModel(contextOf(c), c.req.param('model'))))

  api.delete(one, async (c) => answer(c, await deleteModel(contextOf(c), c.req.param('model'))))
}
