import type { LogProb } from '../../common/log-prob.ts'

/** What of a request says that it wants to know how probable the tokens of the answer were. */
interface Asking {
  include?: readonly string[] | undefined
  top_logprobs?: number | undefined
}

/** How a request asks to have them shown. */
const included = 'message.output_text.logprobs'

export const asksForLogprobs = ({ include, top_logprobs: count = 0 }: Asking): boolean =>
  count > 0 || include?.includes(included) === true

/** As the events of a text have them: without bytes, and only where they are asked for. */
export const logprobsOfEvent = (logprobs: readonly LogProb[], include: readonly string[]): object[] =>
  logprobs.length === 0 || !include.includes(included)
    ? []
    : logprobs.map(({ token, logprob, top_logprobs }) => ({
        token,
        logprob,
        top_logprobs: top_logprobs.map((one) => ({ token: one.token, logprob: one.logprob })),
      }))
