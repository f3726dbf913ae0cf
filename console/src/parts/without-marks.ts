const atBeginning = /^(?:(?:#{1,6}|[->*+])\s+)+/
/** Code, a link or a picture, or emphasis that stands between words and not within one. */
const marked =
  /(`+)(.+?)\1(?!`)|!?\[([^\]]*)\]\([^)]*\)|(?<!\w)(\*{1,3}|_{1,3}|~~)(?=\S)(.+?)(?<=\S)\4(?!\w)/g

/** A line of Markdown as plain words, for a title or the name of an entry. A mark whose partner was cut off stays. */
export function withoutMarks(line: string): string {
  const words = line
    .replace(atBeginning, '')
    .replaceAll(
      marked,
      (...[, , code, link, , emphasis]: (string | undefined)[]) =>
        code?.trim() ?? withoutMarks(link ?? emphasis ?? ''),
    )
  return words.trim() === '' ? line : words
}
