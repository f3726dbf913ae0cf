import type { Content, ConversationTurn, Picture } from './conversation.ts'

/** How many pictures that a model has generated are sent at most. */
const maxPictures = 8
/** How long they may be together, in characters of base64. Of the providers, Gemini takes the shortest requests: 20 MB. */
const maxCharacters = 16 * 2 ** 20

/**
 * The turns with the newest pictures that a model has generated, which may be asked about or changed. They are long, and every
 * turn would cost them all again, so that of older ones the words alone stay. The newest one always stays.
 */
export function withRecentPictures(turns: readonly ConversationTurn[]): ConversationTurn[] {
  let left = maxCharacters
  const newestFirst = turns.flatMap(generatedIn).reverse()
  const old = new Set(
    newestFirst.filter((picture, at) => {
      left -= lengthOf(picture)
      return at > 0 && (at >= maxPictures || left < 0)
    }),
  )
  if (old.size === 0) return [...turns]
  const shown = (part: Content): Content =>
    part.type === 'picture' && old.has(part) ? { type: 'text', text: part.generated ?? '' } : part
  return turns.map((turn) => (turn.speaker === 'user' ? { ...turn, content: turn.content.map(shown) } : turn))
}

const generatedIn = (turn: ConversationTurn): Picture[] =>
  turn.speaker === 'user'
    ? turn.content
        .filter((part) => part.type === 'picture')
        .filter(({ generated }) => generated !== undefined)
    : []

const lengthOf = ({ source }: Picture): number => ('url' in source ? source.url.length : 0)
