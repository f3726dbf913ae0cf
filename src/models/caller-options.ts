import type { JSONObject, LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider'

/** What a caller says of a request besides what is asked. Undefined where nothing is said. */
export interface CallerParameters {
  user?: string | undefined
  safetyIdentifier?: string | undefined
  promptCacheKey?: string | undefined
  promptCacheRetention?: 'in_memory' | '24h' | undefined
  serviceTier?: 'default' | 'flex' | 'priority' | undefined
}

/** The `providerOptions` for them, for every family of providers that knows some, under the names that it gives them. */
export function callerOptions(given: CallerParameters): SharedV4ProviderOptions {
  const { user, safetyIdentifier, promptCacheKey, serviceTier } = given
  const userId = safetyIdentifier ?? user
  const tier = serviceTier === 'default' ? 'standard' : serviceTier
  return withoutEmpty({
    openai: { ...given },
    anthropic: { metadata: userId === undefined ? undefined : { userId } },
    google: { serviceTier: tier },
    mistral: { promptCacheKey },
  })
}

function withoutEmpty(options: Record<string, Record<string, unknown>>): SharedV4ProviderOptions {
  const filled = Object.entries(options).map(([name, fields]) => [
    name,
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  ])
  return Object.fromEntries(filled.filter(([, fields]) => Object.keys(fields ?? {}).length > 0))
}

/** The same as fields of OpenAI's wire. */
export function callerFields(call: LanguageModelV4CallOptions): JSONObject {
  const given = (call.providerOptions?.['openai'] ?? {}) as CallerParameters
  return {
    user: given.user,
    safety_identifier: given.safetyIdentifier,
    prompt_cache_key: given.promptCacheKey,
    prompt_cache_retention: given.promptCacheRetention,
    service_tier: given.serviceTier,
  }
}
