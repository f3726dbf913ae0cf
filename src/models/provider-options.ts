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

/** True when the model may call several tools in one turn. */
export function parallelToolCalls(call: LanguageModelV4CallOptions): boolean {
  return call.providerOptions?.['threadmill']?.['parallelToolCalls'] !== false
}
