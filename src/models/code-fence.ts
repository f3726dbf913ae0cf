/** The text inside a code fence when the text begins with one. Otherwise the text as it is. */
export function withoutFence(text: string): string {
  const bare = text.trim()
  const inline = /^`+(?:(?:python|py)\s)?([^`\n]+)`+$/.exec(bare)
  if (inline) return inline[1] ?? ''
  const fence = /^(`{3,9}|~{3,9})[^\n]*\n/.exec(bare)
  if (!fence) return text
  const inside = bare.slice(fence[0].length)
  const closing = new RegExp(`(^|\\n)${fence[1]}[ \\t]*(?=\\n|$)`, 'g')
  const ends = [...inside.matchAll(closing)]
  // The last fence ends the block, because an earlier one belongs to the text.
  const last = ends.at(-1)
  const end = last && inside.slice(last.index + last[0].length).trim() === '' ? last : ends[0]
  return end ? inside.slice(0, end.index) : inside
}

/**
 * The texts of all fenced blocks, in order. A fence inside a triple-quoted string belongs to the program. Anywhere
 * else, a line that begins with a fence is not Python. The last block may have no end.
 */
export function fencedBlocks(text: string): string[] {
  const blocks: string[][] = []
  let fence: string | undefined
  let inString: string | undefined
  for (const line of text.split('\n')) {
    const mark = inString ? undefined : /^\s*(`{3,9}|~{3,9})([^`]*)$/.exec(line)
    if (mark && fence === undefined) {
      fence = mark[1]
      blocks.push([])
    } else if (mark && mark[1] === fence && mark[2]?.trim() === '') {
      fence = undefined
    } else {
      if (fence !== undefined) blocks.at(-1)?.push(line)
      for (const [quotes] of line.matchAll(/"""|'''/g)) {
        if (inString === undefined) inString = quotes
        else if (inString === quotes) inString = undefined
      }
    }
  }
  return blocks.map((lines) => lines.join('\n'))
}
