import {
  createConversationRequest,
  createItemsRequest,
  strictCreateConversationRequest,
  strictCreateItemsRequest,
  itemQuery,
  itemsQuery,
  modifyConversationRequest,
} from '../../contract/responses/conversations.ts'
import { pageQuery } from '../../contract/list.ts'
import { malformedBody } from '../../contract/responses/response-queries.ts'
import { createItems, deleteItem, getItem, listItems } from '../../operations/conversation-items.ts'
import {
  createConversation,
  deleteConversation,
  getConversation,
  listConversations,
  modifyConversation,
} from '../../operations/conversations.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { readJson, readQuery, readQueryWithLists } from '../input.ts'
import { attended } from '../leaving.ts'
import { inListOrder } from '../response-list.ts'

const all = '/conversations'
const one = '/conversations/:conversation_id'
const items = `${one}/items`

export function conversationRoutes(api: Api): void {
  const idOf = (c: Request) => c.req.param('conversation_id') ?? ''
  const itemOf = (c: Request) => c.req.param('item_id') ?? ''

  api.post(all, async (c) => {
    const { isStrict } = contextOf(c).responses
    const request = isStrict ? strictCreateConversationRequest : createConversationRequest
    return answer(c, await createConversation(attended(c), await readJson(c, request, malformedBody)))
  })

  // Not in the original, which has no list of conversations.
  api.get(all, async (c) =>
    answer(c, inListOrder(await listConversations(contextOf(c), readQuery(c, pageQuery)))),
  )

  api.get(one, async (c) => answer(c, await getConversation(contextOf(c), idOf(c))))

  api.post(one, async (c) => {
    const { metadata } = await readJson(c, modifyConversationRequest, malformedBody)
    return answer(c, await modifyConversation(contextOf(c), idOf(c), metadata))
  })

  api.delete(one, async (c) => answer(c, await deleteConversation(contextOf(c), idOf(c))))

  api.get(items, async (c) =>
    answer(c, inListOrder(await listItems(contextOf(c), idOf(c), readQueryWithLists(c, itemsQuery)))),
  )

  api.post(items, async (c) => {
    const { include } = readQueryWithLists(c, itemQuery)
    const { isStrict } = contextOf(c).responses
    const request = isStrict ? strictCreateItemsRequest : createItemsRequest
    const input = await readJson(c, request, malformedBody)
    return answer(c, inListOrder(await createItems(attended(c), idOf(c), input, include)))
  })

  api.get(`${items}/:item_id`, async (c) => {
    const { include } = readQueryWithLists(c, itemQuery)
    return answer(c, await getItem(contextOf(c), idOf(c), itemOf(c), include))
  })

  api.delete(`${items}/:item_id`, async (c) => answer(c, await deleteItem(contextOf(c), idOf(c), itemOf(c))))
}
