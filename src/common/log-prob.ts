/** How probable a token was, as a logarithm, with the tokens that were most probable in its place. */
export interface LogProb extends TokenLogProb {
  top_logprobs: TokenLogProb[]
}

export interface TokenLogProb {
  token: string
  logprob: number
  /** Of its UTF-8. A token may be a part of a character. */
  bytes: number[]
}
