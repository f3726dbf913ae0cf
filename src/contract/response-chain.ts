/** What was used of a model, in tokens. Those from a cache are part of the input, and those of reasoning of the output. */
export interface ModelTokens {
  model: string
  input_tokens: number
  cached_tokens: number
  output_tokens: number
  reasoning_tokens: number
}

/** What a response goes on with, a chain or a conversation, which counts for the budget of a thread as a thread does. */
export interface ResponseChain {
  /** The response with which the chain begins, or the thread in which it does. */
  first: string
  /** What was used in it before. */
  used: ModelTokens[]
}
