/**
 * The raw scores at which results were as likely right as wrong, on the collections in docs/decisions/0004-search.md:
 * BM25 as a share of what the query could have won, and cosines above those of unrelated texts.
 */
const even = { text: 0.13, embedding: 0.36 }

/**
 * Makes raw scores comparable with what programs expect of a score: half is where a result is as likely right as wrong.
 * The odds of every score are divided by the odds at that point, so the order stays, and 0 and 1 stay what they are.
 */
export function calibration(weights: { text: number; embedding: number }): (score: number) => number {
  const { text, embedding } = weights
  const middle = (text * even.text + embedding * even.embedding) / (text + embedding)
  return (score) => {
    const right = score * (1 - middle)
    return right / (right + middle * (1 - score))
  }
}
