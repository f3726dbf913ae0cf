import {
  toResponse,
  type DeletedResponse,
  type Response,
  type ResponseRecord,
} from '../contract/responses/response.ts'
import { shownItem, type Include } from '../contract/responses/shown-item.ts'
import type { Item } from '../contract/responses/items.ts'
import { isTerminal } from '../contract/run-status.ts'
import { cannotDeleteInFlight, responseNotFound } from '../errors/response-errors.ts'
import type { Reader } from '../store/database.ts'
import { itemsOfRun, listInputItems, outputOfRuns } from '../store/items.ts'
import type { PageQuery } from '../store/page.ts'
import * as rows from '../store/responses.ts'
import type { Context } from './context.ts'
import { toListPage, type List } from './list.ts'

/** The response as it is now, with its output. */
export async function showResponse(
  db: Reader,
  run: ResponseRecord,
  include: readonly Include[] = [],
): Promise<Response> {
  const output = isTerminal(run.status) ? await itemsOfRun(db, run.seq, ['output']) : []
  const asked = [...run.request.include, ...include]
  return toResponse({ ...run, request: { ...run.request, include: asked } }, output)
}

/** The same for several, in their order. */
export async function showResponses(db: Reader, runs: readonly ResponseRecord[]): Promise<Response[]> {
  const over = runs.flatMap(({ seq, status }) => (isTerminal(status) ? [seq] : []))
  const output = over.length === 0 ? new Map() : await outputOfRuns(db, over)
  return runs.map((run) => toResponse(run, output.get(run.seq) ?? []))
}

/**
 * Throws the wire's 404 for a response that is not kept, also while it is being made. One in the background is answered
 * until it is deleted, since its caller has to ask for it.
 */
export async function findResponse(db: Reader, project: string, id: string): Promise<ResponseRecord> {
  const run = await rows.responseById(db, project, id)
  if (run && (run.stored === 1 || run.request.background)) return run
  throw responseNotFound(id)
}

export async function getResponse(
  { db, project }: Context,
  id: string,
  include: readonly Include[],
): Promise<Response> {
  return showResponse(db, await findResponse(db, project, id), include)
}

export async function deleteResponse({ db, project }: Context, id: string): Promise<DeletedResponse> {
  await db.write(async (tx) => {
    await tx.lockOwn(project, 'runs', id)
    const run = await findResponse(tx, project, id)
    if (!isTerminal(run.status)) throw cannotDeleteInFlight()
    await rows.removeResponse(tx, run)
  })
  return { id, object: 'response.deleted', deleted: true }
}

/** What was said before the output of a response, also in the responses that it goes on with. */
export async function listInput(
  { db, project }: Context,
  id: string,
  query: PageQuery & { include: readonly Include[] },
): Promise<List<Item>> {
  const run = await findResponse(db, project, id)
  const page = await listInputItems(db, project, run, query)
  return toListPage(page, ({ body }) => shownItem(body.item, query.include))
}
