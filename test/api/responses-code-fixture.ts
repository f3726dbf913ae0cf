import type OpenAI from 'openai'
import type { CodeServer } from '../code-server.ts'

export type Item = OpenAI.Responses.ResponseOutputItem

export const auto = [{ type: 'code_interpreter' as const, container: { type: 'auto' as const } }]

export const withOutputs = { include: ['code_interpreter_call.outputs' as const] }

/** Creates responses of the model `scripted`, which plays the script of their instructions. */
export const createOn =
  (server: () => CodeServer) =>
  (
    instructions: string,
    more: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming> = {},
  ): Promise<OpenAI.Responses.Response> =>
    server().client.responses.create({ model: 'scripted', instructions, input: 'Go', tools: auto, ...more })

/** The calls of the code interpreter among the items. */
export const programs = (output: readonly Item[]) =>
  output.filter(
    (item) => item.type === 'code_interpreter_call',
  ) as OpenAI.Responses.ResponseCodeInterpreterToolCall[]

/** What the programs of a response have printed. */
export const logs = ({ output }: { output: readonly Item[] }) =>
  programs(output).map(({ outputs }) =>
    (outputs ?? []).map((one) => (one.type === 'logs' ? one.logs : '[picture]')).join(''),
  )
