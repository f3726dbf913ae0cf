import { asksForLogprobs } from '../contract/responses/logprobs.ts'
import type { CreateResponseRequest } from '../contract/responses/create-response.ts'
import { noLogprobs } from '../errors/response-errors.ts'
import type { Served } from './context.ts'

type Asked = Pick<CreateResponseRequest, 'model' | 'include' | 'top_logprobs'>

/** The original looked at what a model can do last. */
export function refuseLogprobs(asked: Asked, served: Pick<Served, 'name' | 'logprobs'> | undefined): void {
  if (!served || served.logprobs || !asksForLogprobs(asked)) return
  const param = asked.include?.includes('message.output_text.logprobs') ? 'include' : 'top_logprobs'
  throw noLogprobs(param, asked.model ?? served.name)
}
