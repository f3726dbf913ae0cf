import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import { noLogprobs } from '../errors/response-errors.ts'

type Asked = Pick<CreateResponseRequest, 'include' | 'top_logprobs'>

/** No model of this server gives them. The original looked at what a model can do last. */
export function refuseLogprobs({ include, top_logprobs: count = 0 }: Asked): void {
  if (include?.includes('message.output_text.logprobs')) throw noLogprobs('include')
  if (count > 0) throw noLogprobs('top_logprobs')
}

export const asksForLogprobs = ({ include, top_logprobs: count = 0 }: Asked): boolean =>
  count > 0 || include?.includes('message.output_text.logprobs') === true
