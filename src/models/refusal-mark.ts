import type { SharedV4ProviderMetadata } from '@ai-sdk/provider'

/** `LanguageModelV4` has no word for a refusal: it is a text block whose start bears this mark. */
export const refusalMark: { providerMetadata: SharedV4ProviderMetadata } = {
  providerMetadata: { threadmill: { refusal: true } },
}

/** Whether the text block that begins with this part is a refusal. */
export const isRefusal = (part: { providerMetadata?: SharedV4ProviderMetadata }): boolean =>
  part.providerMetadata?.['threadmill']?.['refusal'] === true

/** What a refusal says where the model gives no words of its own. */
export const declined = 'The model declined to answer this request.'
