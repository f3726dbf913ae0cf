import type { LanguageModelV4 } from '@ai-sdk/provider'
import { withoutHostedCalls } from '../hosted-history.ts'
import { collect } from '../stream-parts.ts'

/** A model whose turns with tools of its provider go another way than all others. */
export const withHostedTurns = (model: LanguageModelV4, hosted: LanguageModelV4): LanguageModelV4 => {
  const plain = withPlainHistory(model)
  return withDoStream(plain, (call) =>
    (call.tools?.some(({ type }) => type === 'provider') ? hosted : plain).doStream(call),
  )
}

/** A model that is sent no calls of tools that a provider has run. */
export const withPlainHistory = (model: LanguageModelV4): LanguageModelV4 =>
  withDoStream(model, (call) =>
    model.doStream({ ...call, prompt: withoutHostedCalls(call.prompt, () => false) }),
  )

const withDoStream = (model: LanguageModelV4, doStream: LanguageModelV4['doStream']): LanguageModelV4 => ({
  specificationVersion: model.specificationVersion,
  provider: model.provider,
  modelId: model.modelId,
  supportedUrls: model.supportedUrls,
  doStream,
  doGenerate: (call) => collect(call, doStream),
})
