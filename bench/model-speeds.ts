/** How the model server answers; the name of a speed is the name of a model. */
export interface ModelSpeed {
  tokens: number
  /** Milliseconds before the first token, and between two. */
  firstMs: number
  tokenMs: number
  /** What the server under test is told of the model, in tokens. */
  contextWindow: number
}

export const modelSpeeds = {
  /** As fast as it goes: what is left is the servers' own cost. */
  burst: { tokens: 20, firstMs: 0, tokenMs: 0, contextWindow: 128_000 },
  /** Like a model: the first token after a while, the others one by one. */
  paced: { tokens: 10, firstMs: 20, tokenMs: 3, contextWindow: 128_000 },
  /** Slow enough that 32 users do not keep a server busy: what is measured is waiting, not its limit. */
  slow: { tokens: 10, firstMs: 200, tokenMs: 40, contextWindow: 128_000 },
  /** Ten seconds of tokens, for whoever hangs up. */
  endless: { tokens: 2_000, firstMs: 0, tokenMs: 5, contextWindow: 128_000 },
  /** Short answers, for threads that are longer than the window. */
  small: { tokens: 2, firstMs: 0, tokenMs: 0, contextWindow: 8_192 },
  large: { tokens: 2, firstMs: 0, tokenMs: 0, contextWindow: 128_000 },
} as const satisfies Record<string, ModelSpeed>

export type Model = keyof typeof modelSpeeds
