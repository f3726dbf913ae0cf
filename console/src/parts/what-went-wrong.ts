import type { Run } from '../api/runs.ts'

export interface Wrong {
  title: string
  message: string
  /** What whoever reads it can do. */
  advice: string
}

const adviceByCode: Record<NonNullable<Run['last_error']>['code'], string> = {
  rate_limit_exceeded:
    'The provider of the model has refused for the time being: a rate, or what was paid for, is used up. Look at the limits of your account there, or run again later.',
  server_error:
    'The end of the timeline shows whether the model, a tool or the server was the reason. A key or a permission is mended where the server runs; a moment of the provider’s is over when you run again.',
  invalid_prompt:
    'The model has refused what it was sent. Look at the context of the last turn: something in it is more than, or not what, this model takes.',
  invalid_image_url:
    'A picture of a message could not be fetched or read. Look whether its address still leads to it.',
}

const adviceByReason: Record<NonNullable<Run['incomplete_details']>['reason'], string> = {
  max_completion_tokens:
    'The answer was longer than the run allowed. Raise max_completion_tokens, or ask for a shorter one.',
  max_prompt_tokens:
    'The prompt was longer than the run allowed. Raise max_prompt_tokens, or send fewer messages with truncation_strategy.',
  content_filter:
    'The provider has held the answer back. Look at what the model was sent, and ask in other words.',
  ended_early: 'Its caller has gone on in another way before it was over.',
}

/** Why a run did not come to a good end. Undefined while it is on its way, and when it did. */
export function whatWentWrong(run: Run): Wrong | undefined {
  if (run.last_error)
    return {
      title: `Failed: ${run.last_error.code.replaceAll('_', ' ')}`,
      message: run.last_error.message,
      advice: adviceByCode[run.last_error.code],
    }
  if (run.incomplete_details)
    return {
      title: 'Incomplete',
      message: run.incomplete_details.reason.replaceAll('_', ' '),
      advice: adviceByReason[run.incomplete_details.reason],
    }
  if (run.status === 'expired')
    return {
      title: 'Expired',
      message: 'not over in time',
      advice:
        'A run has ten minutes. Most often nobody has answered its function calls: look how long it waited for you.',
    }
  return undefined
}
