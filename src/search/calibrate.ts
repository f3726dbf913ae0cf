/**
 * The raw scores at which a result was right with a probability of one half, measured on the collections in
 * docs/decisions/0004-search.md. Scores of text are the share of the maximum BM25 score of the query. Scores of
 * embeddings are cosines relative to the cosine of unrelated texts.
 */
const even = { text: 0.13, embedding: 0.36 }

/**
 * Converts raw scores to what programs expect: 0.5 for a result that is as likely right as wrong. The odds of every
 * score are divided by the odds of that raw score, so that the order does not change, and 0 and 1 stay 0 and 1.
 */
export function calibration(weights: { text: number; embedding: number }): (score: number) => number {
  const { text, embedding } = weights
  const middle = (text * even.text + embedding * even.embedding) / (text + embedding)
  return (score) => {
    const right = score * (1 - middle)
    return right / (right + middle * (1 - score))
  }
}
