import type { CallsTurn, Content, ConversationTurn, Picture } from './conversation.ts'
import type { LoadImage } from './images.ts'

/** How many pictures that a model has generated, or that its calls have shown, are sent at most. */
const maxPictures = 8
/** How long they may be together, in characters of base64. Of the providers, Gemini takes the shortest requests: 20 MB. */
const maxCharacters = 16 * 2 ** 20

/**
 * The turns with the newest of the pictures that a model has generated, or that its calls have shown: screenshots. They are long,
 * and every turn would cost them all again, so that of older ones the words alone stay. The newest one always stays.
 */
export async function withRecentPictures(
  turns: readonly ConversationTurn[],
  loadImage: LoadImage,
): Promise<ConversationTurn[]> {
  const old = new Set<Picture>()
  let left = maxCharacters
  for (const [at, picture] of turns.flatMap(boundedIn).reverse().entries()) {
    if (at < maxPictures && left >= 0) left -= await lengthOf(picture, loadImage)
    if (at >= maxPictures || (at > 0 && left < 0)) old.add(picture)
  }
  if (old.size === 0) return [...turns]
  const shown = (part: Content): Content =>
    part.type === 'picture' && old.has(part) ? { type: 'text', text: part.generated ?? '' } : part
  const made = (call: CallsTurn['calls'][number]) => {
    const { shows } = call
    if (!shows?.picture || !old.has(shows.picture)) return call
    return { ...call, result: shows.old, shows: { ...shows, picture: undefined } }
  }
  return turns.map((turn) => {
    if (turn.speaker === 'user') return { ...turn, content: turn.content.map(shown) }
    return turn.speaker === 'tools' ? { ...turn, calls: turn.calls.map(made) } : turn
  })
}

function boundedIn(turn: ConversationTurn): Picture[] {
  if (turn.speaker === 'tools') return turn.calls.flatMap(({ shows }) => shows?.picture ?? [])
  if (turn.speaker !== 'user') return []
  return turn.content
    .filter((part) => part.type === 'picture')
    .filter(({ generated }) => generated !== undefined)
}

async function lengthOf(picture: Picture, loadImage: LoadImage): Promise<number> {
  const { source } = picture
  if ('url' in source && source.url.startsWith('data:')) return source.url.length
  const part = await loadImage(picture)
  if (part.type !== 'file' || part.data.type !== 'data') return 0
  const { data } = part.data
  return typeof data === 'string' ? data.length : Math.ceil(data.byteLength / 3) * 4
}
