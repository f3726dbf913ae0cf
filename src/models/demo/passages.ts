import { overlap, wordsOf } from './words.ts'

/** A passage as file search gives it: its marker on a line, then the text until the next marker. */
const passage = /【(\d+:\d+†[^】\n]{1,300})】[^\n]*\n([\s\S]*?)(?=\n\n【\d+:\d+†|$)/g

const mostSentences = 3
const longest = 400

/** The sentences of the passages that come nearest to the question, word for word, each with its marker. */
export function tellPassages(question: string, output: string): string {
  const asked = wordsOf(question)
  const found = [...output.matchAll(passage)].flatMap(([, mark = '', text = ''], rank) =>
    text
      .split(/(?<=[.!?。！？])\s*|\n/)
      .map((sentence) => sentence.trim())
      .filter(Boolean)
      .map((sentence) => ({
        sentence: sentence.slice(0, longest),
        mark,
        // Between equals the passage that the search ranked higher wins.
        score: overlap(asked, wordsOf(sentence)) - rank / 100,
      })),
  )
  const best = found.toSorted((a, b) => b.score - a.score)
  const top = best[0]?.score ?? 0
  if (top <= 0) return 'I found nothing about this in the files.'
  const told = new Map(best.filter(({ score }) => score >= 0.75 * top).map((one) => [one.sentence, one]))
  const quotes = [...told.values()]
    .slice(0, mostSentences)
    .map(({ sentence, mark }) => `“${sentence}”【${mark}】`)
  return `I only quote. The files say: ${quotes.join(' ')}`
}
