import { overlap, wordsOf } from './words.ts'

/** A passage as file search gives it: its marker on a line, then the text until the next marker. */
const passage = /【(\d+:\d+†[^】\n]{1,300})】[^\n]*\n([\s\S]*?)(?=\n\n【\d+:\d+†|$)/g

const maxSentences = 3
const maxLength = 400

interface Sentence {
  sentence: string
  mark: string
  rank: number
}

/** The sentences of the passages; a heading is no sentence, unless a passage has nothing else. */
function sentencesOf(output: string): Sentence[] {
  return [...output.matchAll(passage)].flatMap(([, mark = '', text = ''], rank) => {
    const all = text
      .split(/(?<=[.!?。！？])\s+|(?<=[。！？])|\n/)
      .map((sentence) => sentence.trim())
      .filter(Boolean)
    const plain = all.filter((sentence) => !/^#{1,6}\s|^[-=_*|\s]+$/.test(sentence))
    return (plain.length > 0 ? plain : all.map((one) => one.replace(/^#+\s*/, ''))).map((sentence) => ({
      sentence: sentence.slice(0, maxLength),
      mark,
      rank,
    }))
  })
}

/** The sentences of the passages that come nearest to the question, word for word, each with its marker. */
export function tellPassages(question: string, output: string): string {
  const asked = wordsOf(question)
  // Between equals the passage that the search ranked higher wins.
  const found = sentencesOf(output).map((one) => ({
    ...one,
    score: overlap(asked, wordsOf(one.sentence)) - one.rank / 100,
  }))
  const [best] = found.toSorted((a, b) => b.score - a.score)
  if (!best) return 'I found nothing about this in the files.'
  if (best.score <= 0) {
    const [first] = found
    return `I found no sentence with the words of your question. The nearest passage begins: ${quote(first ?? best)}`
  }
  const near = found.toSorted((a, b) => b.score - a.score).filter(({ score }) => score >= 0.75 * best.score)
  const told = new Map(near.map((one) => [one.sentence, one]))
  return `I only quote. The files say: ${[...told.values()].slice(0, maxSentences).map(quote).join(' ')}`
}

/** How the passages of these files begin, at most one sentence of each: an overview by a reader who only quotes. */
export function tellBeginnings(output: string, names: string[]): string {
  const files =
    names.length === 0
      ? ''
      : `The ${names.length === 1 ? 'file is' : 'files are'} ${names.slice(0, 10).join(', ')}. `
  const all = sentencesOf(output)
  const own = all.filter(({ mark }) => names.length === 0 || names.some((name) => mark.endsWith(`†${name}`)))
  const sentences = own.length > 0 ? own : all
  const first = sentences.filter(({ mark }, at) => sentences.findIndex((one) => one.mark === mark) === at)
  const told = (first.length < 2 ? sentences : first).slice(0, 4).map(quote)
  if (told.length === 0) return `${files}I cannot summarize, and found no passage to quote.`
  return `I cannot summarize, I only quote. ${files}Passages: ${told.join(' ')}`
}

const quote = ({ sentence, mark }: Sentence) => `“${sentence}”【${mark}】`
