import { messagesQuery } from '../../contract/list.ts'
import { createMessageRequest, modifyMessageRequest } from '../../contract/messages.ts'
import {
  createMessage,
  deleteMessage,
  getMessage,
  listMessages,
  modifyMessage,
} from '../../operations/messages.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { pathId, readJson, readQuery } from '../input.ts'

const all = '/threads/:thread_id/messages'
const one = '/threads/:thread_id/messages/:message_id'

export function messageRoutes(api: Api): void {
  api.get(all, async (c) => {
    const threadId = pathId(c, 'thread_id')
    return answer(c, await listMessages(contextOf(c), threadId, readQuery(c, messagesQuery)))
  })

  api.post(all, async (c) => {
    const threadId = pathId(c, 'thread_id')
    return answer(c, await createMessage(contextOf(c), threadId, await readJson(c, createMessageRequest)))
  })

  api.get(one, async (c) =>
    answer(c, await getMessage(contextOf(c), pathId(c, 'thread_id'), pathId(c, 'message_id'))),
  )

  api.post(one, async (c) => {
    const [threadId, id] = [pathId(c, 'thread_id'), pathId(c, 'message_id')]
    return answer(c, await modifyMessage(contextOf(c), threadId, id, await readJson(c, modifyMessageRequest)))
  })

  api.delete(one, async (c) =>
    answer(c, await deleteMessage(contextOf(c), pathId(c, 'thread_id'), pathId(c, 'message_id'))),
  )
}
