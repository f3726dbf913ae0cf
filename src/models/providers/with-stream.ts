import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { collect } from '../stream-parts.ts'

/** The same model with another `doStream`, which `doGenerate` uses as well. */
export const withDoStream = (
  { specificationVersion, provider, modelId, supportedUrls }: LanguageModelV4,
  doStream: LanguageModelV4['doStream'],
): LanguageModelV4 => ({
  specificationVersion,
  provider,
  modelId,
  supportedUrls,
  doStream,
  doGenerate: (call) => collect(call, doStream),
})

/** The same model, with the parts of each answer passed through a new transform. */
export const withStream = (
  model: LanguageModelV4,
  transform: () => TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>,
  more: Partial<LanguageModelV4CallOptions> = {},
): LanguageModelV4 =>
  withDoStream(model, async (call) => {
    const { stream, ...rest } = await model.doStream({ ...call, ...more })
    return { ...rest, stream: stream.pipeThrough(transform()) }
  })

/** A model whose turns with tools of its provider go another way than all others. */
export const withHostedTurns = (model: LanguageModelV4, hosted: LanguageModelV4): LanguageModelV4 =>
  withDoStream(model, (call) => (hasHostedTools(call) ? hosted : model).doStream(call))

export const hasHostedTools = ({ tools = [] }: LanguageModelV4CallOptions): boolean =>
  tools.some(({ type }) => type === 'provider')
