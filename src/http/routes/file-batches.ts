import { createFileBatchRequest } from '../../contract/file-batches.ts'
import { vectorStoreFilesQuery } from '../../contract/vector-store-files.ts'
import {
  cancelFileBatch,
  createFileBatch,
  getFileBatch,
  listFilesInBatch,
} from '../../operations/file-batches.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { pathId, readJson, readQuery } from '../input.ts'
import { answerUnfinished } from '../poll.ts'

const all = '/vector_stores/:vector_store_id/file_batches'
const one = '/vector_stores/:vector_store_id/file_batches/:batch_id'

export function fileBatchRoutes(api: Api): void {
  api.post(all, async (c) => {
    const storeId = pathId(c, 'vector_store_id')
    const input = await readJson(c, createFileBatchRequest)
    return answerUnfinished(c, await createFileBatch(contextOf(c), storeId, input))
  })

  api.get(one, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), pathId(c, 'batch_id')]
    return answerUnfinished(c, await getFileBatch(contextOf(c), storeId, id))
  })

  api.post(`${one}/cancel`, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), pathId(c, 'batch_id')]
    return answerUnfinished(c, await cancelFileBatch(contextOf(c), storeId, id))
  })

  api.get(`${one}/files`, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), pathId(c, 'batch_id')]
    const query = readQuery(c, vectorStoreFilesQuery)
    return answer(c, await listFilesInBatch(contextOf(c), storeId, id, query))
  })
}
