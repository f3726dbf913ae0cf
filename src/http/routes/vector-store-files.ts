import { readingQuery } from '../../contract/list.ts'
import {
  createVectorStoreFileRequest,
  includeFilenameValue,
  updateVectorStoreFileRequest,
  vectorStoreFilesQuery,
} from '../../contract/vector-store-files.ts'
import { listFileChunks, listFilePages } from '../../operations/file-chunks.ts'
import {
  createVectorStoreFile,
  deleteVectorStoreFile,
  getVectorStoreFile,
  getVectorStoreFileContent,
  listVectorStoreFiles,
  updateVectorStoreFileAttributes,
} from '../../operations/vector-store-files.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { includeNames, pathId, readIncluded, readJson, readQuery } from '../input.ts'
import { answerUnfinished } from '../poll.ts'

const all = '/vector_stores/:vector_store_id/files'
const one = '/vector_stores/:vector_store_id/files/:file_id'

export function vectorStoreFileRoutes(api: Api): void {
  api.get(all, async (c) => {
    const storeId = pathId(c, 'vector_store_id')
    const query = readQuery(c, vectorStoreFilesQuery, includeNames)
    const filenames = readIncluded(c, includeFilenameValue)
    return answer(c, await listVectorStoreFiles(contextOf(c), storeId, query, { filenames }))
  })

  api.post(all, async (c) => {
    const storeId = pathId(c, 'vector_store_id')
    const input = await readJson(c, createVectorStoreFileRequest)
    return answerUnfinished(c, await createVectorStoreFile(contextOf(c), storeId, input))
  })

  api.get(one, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), c.req.param('file_id')]
    return answerUnfinished(c, await getVectorStoreFile(contextOf(c), storeId, id))
  })

  api.post(one, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), c.req.param('file_id')]
    const input = await readJson(c, updateVectorStoreFileRequest)
    return answer(c, await updateVectorStoreFileAttributes(contextOf(c), storeId, id, input))
  })

  api.delete(one, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), c.req.param('file_id')]
    return answer(c, await deleteVectorStoreFile(contextOf(c), storeId, id))
  })

  api.get(`${one}/content`, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), c.req.param('file_id')]
    return answer(c, await getVectorStoreFileContent(contextOf(c), storeId, id))
  })

  // Neither of these two is in the original.
  api.get(`${one}/chunks`, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), c.req.param('file_id')]
    return answer(c, await listFileChunks(contextOf(c), storeId, id, readQuery(c, readingQuery)))
  })

  api.get(`${one}/pages`, async (c) => {
    const [storeId, id] = [pathId(c, 'vector_store_id'), c.req.param('file_id')]
    return answer(c, await listFilePages(contextOf(c), storeId, id, readQuery(c, readingQuery)))
  })
}
