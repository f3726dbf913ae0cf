import { storesQuery } from '../../contract/list-filters.ts'
import { searchVectorStoreRequest } from '../../contract/vector-store-search.ts'
import { createVectorStoreRequest, modifyVectorStoreRequest } from '../../contract/vector-stores.ts'
import {
  createVectorStore,
  deleteVectorStore,
  getVectorStore,
  listVectorStores,
  modifyVectorStore,
} from '../../operations/vector-stores.ts'
import { searchVectorStore } from '../../operations/search-vector-store.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { pathId, readJson, readFilteredQuery } from '../input.ts'
import { answerUnfinished } from '../poll.ts'

const one = '/vector_stores/:vector_store_id'

export function vectorStoreRoutes(api: Api): void {
  api.get('/vector_stores', async (c) =>
    answer(c, await listVectorStores(contextOf(c), readFilteredQuery(c, storesQuery))),
  )

  api.post('/vector_stores', async (c) =>
    answerUnfinished(c, await createVectorStore(contextOf(c), await readJson(c, createVectorStoreRequest))),
  )

  api.get(one, async (c) =>
    answerUnfinished(c, await getVectorStore(contextOf(c), pathId(c, 'vector_store_id'))),
  )

  api.post(one, async (c) => {
    const id = pathId(c, 'vector_store_id')
    return answer(c, await modifyVectorStore(contextOf(c), id, await readJson(c, modifyVectorStoreRequest)))
  })

  api.delete(one, async (c) => answer(c, await deleteVectorStore(contextOf(c), pathId(c, 'vector_store_id'))))

  api.post(`${one}/search`, async (c) => {
    const id = pathId(c, 'vector_store_id')
    const input = await readJson(c, searchVectorStoreRequest)
    return answer(c, await searchVectorStore(contextOf(c), id, input, c.req.raw.signal))
  })
}
