import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { collect } from '../stream-parts.ts'

/** The same model, with the parts of each answer passed through a new transform. */
export function withStream(
  model: LanguageModelV4,
  transform: () => TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>,
  more: Partial<LanguageModelV4CallOptions> = {},
): LanguageModelV4 {
  const doStream: LanguageModelV4['doStream'] = async (options) => {
    const { stream, ...rest } = await model.doStream({ ...options, ...more })
    return { ...rest, stream: stream.pipeThrough(transform()) }
  }
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doStream,
    doGenerate: (options) => collect(options, doStream),
  }
}
