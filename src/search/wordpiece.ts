/** The tokenizer of BERT models. */
export interface WordPiece {
  /** The token ids without the special tokens at both ends. */
  encode(text: string): number[]
  readonly start: number
  readonly end: number
}

const longestWord = 100

/** Opens a tokenizer for uncased models. `vocabulary` has one token per line, as in `vocab.txt`. */
export function openWordPiece(vocabulary: string): WordPiece {
  const ids = new Map(
    vocabulary
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .map((piece, id) => [piece, id]),
  )
  const special = (piece: string) => {
    const id = ids.get(piece)
    if (id === undefined) throw new Error(`the vocabulary has no ${piece}`)
    return id
  }
  const unknown = special('[UNK]')

  function pieces(word: string, into: number[]): void {
    if (word.length > longestWord) return void into.push(unknown)
    const before = into.length
    for (let from = 0; from < word.length;) {
      let to = word.length
      let id: number | undefined
      for (; to > from; to--) {
        id = ids.get(from === 0 ? word.slice(0, to) : `##${word.slice(from, to)}`)
        if (id !== undefined) break
      }
      if (id === undefined) {
        into.length = before
        into.push(unknown)
        return
      }
      into.push(id)
      from = to
    }
  }

  return {
    start: special('[CLS]'),
    end: special('[SEP]'),
    encode(text) {
      const encoded: number[] = []
      for (const word of basicWords(text)) pieces(word, encoded)
      return encoded
    },
  }
}

/** Splits lower-case text without accents at spaces. Punctuation and Chinese characters are separate words. */
function basicWords(text: string): string[] {
  return (
    text
      .replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, (mark) => (/\s/.test(mark) ? ' ' : ''))
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .match(/[\p{P}$+<=>^`|~]|\p{Script=Han}|[^\s\p{P}$+<=>^`|~\p{Script=Han}]+/gu) ?? []
  )
}
