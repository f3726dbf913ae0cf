import type { RequestedResources, ToolResources } from '../contract/tool-resources.ts'
import type { ExpiresAfter } from '../contract/vector-stores.ts'
import { notFound } from '../errors/errors.ts'
import type { Transaction } from '../store/database.ts'
import { getVectorStore } from '../store/vector-stores.ts'
import type { Context } from './context.ts'
import { existingFiles } from './existing-files.ts'
import { newVectorStore } from './vector-stores.ts'

/**
 * Converts tool resources to the form that is stored. Refuses files and stores that do not exist, and makes a store
 * when the request asks for one. The code interpreter accepts files of any kind. `at` is the path of the resources in
 * the request, and `expires` the expiry of a new store.
 */
export async function takeToolResources(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
  requested: RequestedResources,
  { at = '', expires }: { at?: string; expires?: ExpiresAfter } = {},
): Promise<ToolResources> {
  const { code_interpreter, file_search } = requested
  if (code_interpreter) {
    const param = `${at}tool_resources.code_interpreter.file_ids`
    await existingFiles(tx, ctx.project, code_interpreter.file_ids, param)
  }
  if (!file_search) return { ...(code_interpreter && { code_interpreter }) }
  for (const id of file_search.vector_store_ids) {
    if (await getVectorStore(tx, ctx.project, id)) continue
    throw notFound('vector store', id, `${at}tool_resources.file_search.vector_store_ids`)
  }
  const vector_store_ids = [...file_search.vector_store_ids]
  for (const [index, store] of file_search.vector_stores.entries()) {
    const param = `${at}tool_resources.file_search.vector_stores[${index}].file_ids`
    const input = { ...store, ...(expires && { expires_after: expires }) }
    vector_store_ids.push((await newVectorStore(tx, ctx, input, param)).id)
  }
  return { ...(code_interpreter && { code_interpreter }), file_search: { vector_store_ids } }
}
