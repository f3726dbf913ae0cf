import type { ContextPart } from '../api/runs.ts'
import { count } from '../parts/quantities.ts'
import { toolName } from '../parts/calls/calls.ts'
import { requestPartInWords } from '../parts/request-part-in-words.ts'

const reasons = {
  context_window: 'the window was full',
  last_messages: 'truncation_strategy asks for the last messages only',
  max_prompt_tokens: 'max_prompt_tokens was reached',
} as const

/** What a part is, in the line that opens it. */
export function partInWords(part: ContextPart, runId: string): string {
  switch (part.type) {
    case 'instructions':
      return 'Instructions of the run'
    case 'message':
      return part.role === 'user' ? withPictures('User', part.images) : withPictures('Assistant', part.images)
    case 'items':
      return `Items of the conversation: ${count(part.item_ids.length)}`
    case 'dropped_messages':
      return `${count(part.count)} ${part.count === 1 ? 'message was' : 'messages were'} left out: ${reasons[part.reason]}`
    case 'reasoning':
      return 'Reasoning of an earlier turn'
    case 'tool_call':
      return `Call of ${toolName(part.tool)}${inRun(part, runId)}`
    case 'tool_result':
      return part.passages
        ? `${count(part.passages.length)} ${part.passages.length === 1 ? 'passage' : 'passages'} of file search`
        : `Result of ${toolName(part.tool)}${inRun(part, runId)}`
    default:
      return requestPartInWords(part)
  }
}

const withPictures = (who: string, images: number) =>
  images === 0 ? who : `${who}, ${images} ${images === 1 ? 'picture' : 'pictures'}`

const inRun = ({ run_id }: { run_id: string | null }, runId: string) =>
  run_id === null || run_id === runId ? '' : ' in an earlier run'
