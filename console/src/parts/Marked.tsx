/** The text around words that were looked for, with the words marked in it. */
export function Marked({ text, words }: { text: string; words: string }) {
  const pattern = words
    .split(/\s+/u)
    .filter(Boolean)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('|')
  const pieces = pattern ? text.split(new RegExp(`(${pattern})`, 'iu')) : [text]
  return pieces.map((piece, index) => (index % 2 === 1 ? <mark key={index}>{piece}</mark> : piece))
}
