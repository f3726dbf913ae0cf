import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider'

/**
 * The `providerOptions` for a turn with at most one tool call, for every family of providers. Google has no such
 * setting, so the engine must still accept several calls.
 */
export const oneToolCallAtATime: SharedV4ProviderOptions = {
  threadmill: { parallelToolCalls: false },
  openai: { parallelToolCalls: false },
  mistral: { parallelToolCalls: false },
  anthropic: { disableParallelToolUse: true },
}

/** The options of several parts of a request as one. */
export const joinOptions = (all: readonly SharedV4ProviderOptions[]): SharedV4ProviderOptions =>
  all.reduce((one, other) => {
    const both = Object.entries(other).map(([name, fields]) => [name, { ...one[name], ...fields }])
    return { ...one, ...Object.fromEntries(both) }
  }, {})

/** True when the model may call several tools in one turn. */
export function parallelToolCalls(call: LanguageModelV4CallOptions): boolean {
  return call.providerOptions?.['threadmill']?.['parallelToolCalls'] !== false
}

/** How many calls of its own tools a provider may run in a turn. Undefined without a limit. */
export function maxHostedCalls(call: LanguageModelV4CallOptions): number | undefined {
  const max = call.providerOptions?.['openai']?.['maxToolCalls']
  return typeof max === 'number' ? max : undefined
}
