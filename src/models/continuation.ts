import type { LanguageModelV4CallOptions, LanguageModelV4Usage } from '@ai-sdk/provider'

/** A call whose answer may need several requests to the provider. */
export interface ContinuedCall extends LanguageModelV4CallOptions {
  /**
   * Called with what a request has used before another one is sent for the same answer. Rejects when none may be sent, and the
   * answer fails with that error. The usage in the `finish` part is that of the last request alone.
   */
  beforeContinuation?: (used: LanguageModelV4Usage, signal?: AbortSignal) => Promise<void>
}
