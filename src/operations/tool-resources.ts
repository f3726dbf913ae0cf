import { refusedByCodeInterpreter } from '../contract/files.ts'
import type { AskedResources, ToolResources } from '../contract/tool-resources.ts'
import type { ExpiresAfter } from '../contract/vector-stores.ts'
import { ApiError, filesNotFound, invalid } from '../errors.ts'
import type { Reader, Transaction } from '../store/database.ts'
import { getFile } from '../store/files.ts'
import { getVectorStore } from '../store/vector-stores.ts'
import type { Context } from './context.ts'
import { newVectorStore } from './vector-stores.ts'

/**
 * What was asked for as it is kept: refuses files and stores that are not there and files that code interpreter cannot
 * be given, and makes the store that is to be made. `at` is where the resources stand in the request, `expires` for
 * such a store.
 */
export async function takeToolResources(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'signals'>,
  asked: AskedResources,
  { at = '', expires }: { at?: string; expires?: ExpiresAfter } = {},
): Promise<ToolResources> {
  const { code_interpreter, file_search } = asked
  if (code_interpreter) {
    const param = `${at}tool_resources.code_interpreter.file_ids`
    await checkFiles(tx, ctx.project, code_interpreter.file_ids, param, refusedByCodeInterpreter)
  }
  if (!file_search) return { ...(code_interpreter && { code_interpreter }) }
  for (const id of file_search.vector_store_ids) {
    if (await getVectorStore(tx, ctx.project, id)) continue
    const param = `${at}tool_resources.file_search.vector_store_ids`
    throw new ApiError(404, `No vector store found with id '${id}'.`, { param })
  }
  const vector_store_ids = [...file_search.vector_store_ids]
  for (const [index, store] of file_search.vector_stores.entries()) {
    const param = `${at}tool_resources.file_search.vector_stores[${index}].file_ids`
    const input = { ...store, ...(expires && { expires_after: expires }) }
    vector_store_ids.push((await newVectorStore(tx, ctx, input, param)).id)
  }
  return { ...(code_interpreter && { code_interpreter }), file_search: { vector_store_ids } }
}

/** Refuses ids of no file (all of them in one text) and names that `refused` has a text for. */
export async function checkFiles(
  db: Reader,
  project: string,
  ids: string[],
  param: string,
  refused: (filename: string) => string | undefined,
): Promise<void> {
  const missing: string[] = []
  for (const id of ids) {
    const file = await getFile(db, project, id)
    const text = file && refused(file.body.filename)
    if (text) throw invalid(text, param)
    if (!file) missing.push(id)
  }
  if (missing.length > 0) throw filesNotFound(missing, param)
}
