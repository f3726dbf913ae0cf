import type { ResponseContextPart } from '../../../src/contract/responses/response-spans.ts'
import { toolName } from './calls/calls.ts'

/** What a prompt has besides the conversation, which is the same in both APIs. */
type RequestPart = Exclude<ResponseContextPart, { type: 'items' }>

export function requestPartInWords(part: RequestPart): string {
  switch (part.type) {
    case 'instructions':
      return 'Instructions'
    case 'server_instructions':
      return `Instructions for ${toolName(part.source)}`
    case 'tools':
      return `Tool definitions: ${part.tools.map(({ name }) => name).join(', ')}`
    case 'response_format':
      return 'Response format'
    case 'repeated_request':
      return 'Asked once more for the format'
    case 'continuation':
      return 'Asked to go on with its answer'
  }
}
