import type { SharedV4ProviderMetadata } from '@ai-sdk/provider'

/** `LanguageModelV4` has no kind of part for a refusal. A refusal is a text block whose first part has this mark. */
export const refusalMark: { providerMetadata: SharedV4ProviderMetadata } = {
  providerMetadata: { threadmill: { refusal: true } },
}

/** True when the text block that begins with this part is a refusal. */
export const isRefusal = (part: { providerMetadata?: SharedV4ProviderMetadata }): boolean =>
  part.providerMetadata?.['threadmill']?.['refusal'] === true

/** The text of a refusal when the model gives none. */
export const declined = 'The model declined to answer this request.'
