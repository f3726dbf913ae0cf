import type { LanguageModelV4 } from '@ai-sdk/provider'
import { collect } from '../stream-parts.ts'

/** A model whose turns with tools of its provider go another way than all others. */
export function withHostedTurns(model: LanguageModelV4, hosted: LanguageModelV4): LanguageModelV4 {
  const doStream: LanguageModelV4['doStream'] = (call) =>
    (call.tools?.some(({ type }) => type === 'provider') ? hosted : model).doStream(call)
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doStream,
    doGenerate: (call) => collect(call, doStream),
  }
}
