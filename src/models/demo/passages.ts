import { overlap, wordsOf } from './words.ts'

/** A passage in the output of file search: a line with its marker, then the text until the next marker. */
const passage = /【(\d+:\d+†[^】\n]{1,300})】[^\n]*\n([\s\S]*?)(?=\n\n【\d+:\d+†|$)/g

const maxSentences = 3
const maxLength = 400

interface Sentence {
  sentence: string
  mark: string
  rank: number
}

/** A line break of a page, within a sentence. */
const brokenSentence = /(?<=[\p{L}\p{N},;])[ \t]*\r?\n(?=\p{Ll})|(?<=[,;])[ \t]*\r?\n(?=\p{L})/gu

/** The sentences of the passages, without headings. When a passage has only headings, they are used as sentences. */
function sentencesOf(output: string): Sentence[] {
  return [...output.matchAll(passage)].flatMap(([, mark = '', text = ''], rank) => {
    const all = text
      .replaceAll(brokenSentence, ' ')
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

/** Quotes the sentences that match the question best, each with its marker. */
export function tellPassages(question: string, output: string): string {
  const asked = wordsOf(question)
  // When sentences match equally well, the passage that the search ranked higher wins.
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

/** Quotes the beginnings of passages of these files, at most four sentences, because the demo cannot summarize. */
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
