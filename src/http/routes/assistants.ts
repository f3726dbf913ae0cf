import { assistantRequestsWith } from '../../contract/assistants.ts'
import { namedQuery } from '../../contract/list-filters.ts'
import {
  createAssistant,
  deleteAssistant,
  getAssistant,
  listAssistants,
  modifyAssistant,
} from '../../operations/assistants.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { pathId, readJson, readFilteredQuery } from '../input.ts'

export function assistantRoutes(api: Api, ownTools: readonly string[]): void {
  const requests = assistantRequestsWith(ownTools)

  api.get('/assistants', async (c) =>
    answer(c, await listAssistants(contextOf(c), readFilteredQuery(c, namedQuery))),
  )

  api.post('/assistants', async (c) =>
    answer(c, await createAssistant(contextOf(c), await readJson(c, requests.createAssistant))),
  )

  api.get('/assistants/:assistant_id', async (c) =>
    answer(c, await getAssistant(contextOf(c), pathId(c, 'assistant_id'))),
  )

  api.post('/assistants/:assistant_id', async (c) => {
    const id = pathId(c, 'assistant_id')
    return answer(c, await modifyAssistant(contextOf(c), id, await readJson(c, requests.modifyAssistant)))
  })

  api.delete('/assistants/:assistant_id', async (c) =>
    answer(c, await deleteAssistant(contextOf(c), pathId(c, 'assistant_id'))),
  )
}
