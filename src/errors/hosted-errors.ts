import { cut, invalid } from './errors.ts'

/** Of tools that the providers of models run. */

/** `others` are the providers of this server that have the tool. Left out where the answer names nothing of the server. */
export const noHostedTool = ({
  at,
  type,
  model,
  others,
}: {
  at: number
  type: string
  model: string
  others: string[] | undefined
}) =>
  invalid(
    `Hosted tool '${type}' is not supported with ${cut(model)}.${others ? hintOfHosted(others) : ''}`,
    `tools[${at}].type`,
    'invalid_value',
  )

const hintOfHosted = (providers: string[]) =>
  providers.length > 0
    ? ` Models of these providers have it here: ${providers.join(', ')}.`
    : ' It is run by the provider of a model, and no provider of this server has it: one of type openai with a key of OpenAI does.'

export const hostedParameterRefused = (param: string, message: string) =>
  invalid(message, param, 'unsupported_parameter')
