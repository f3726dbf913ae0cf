import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider'

/**
 * The `providerOptions` of a turn that may call at most one tool, in the words of every provider family.
 * Google has no such setting: the engine must be ready to get several calls all the same.
 */
export const oneToolCallAtATime: SharedV4ProviderOptions = {
  threadmill: { parallelToolCalls: false },
  openai: { parallelToolCalls: false },
  mistral: { parallelToolCalls: false },
  anthropic: { disableParallelToolUse: true },
}

/** Whether a call leaves the model free to call several tools in one turn. */
export function parallelToolCalls(call: LanguageModelV4CallOptions): boolean {
  return call.providerOptions?.['threadmill']?.['parallelToolCalls'] !== false
}
