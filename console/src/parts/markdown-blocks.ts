/** A block is cut where it is at least this long and the text allows it, and in any case where it is too long. */
const wanted = 2_000
const most = 20_000

/**
 * Cuts Markdown into pieces that read the same by themselves. Only the last one changes while text is being appended, so
 * that the others need not be read again. Code that is too long for one piece goes on in the next one.
 */
export function markdownBlocks(text: string): string[] {
  const blocks: string[] = []
  let block = ''
  let fence = ''
  const close = () => {
    blocks.push(fence ? `${block}\n${fence.trim().match(/^[`~]+/)?.[0] ?? ''}` : block)
    block = fence ? `${fence}\n` : ''
  }
  let wasEmpty = false
  for (const line of linesOf(text)) {
    // What is indented or a list goes on with what is before it.
    if (wasEmpty && !fence && block.length >= wanted && /^[^\s\-*+>|\d]/.test(line)) close()
    else if (block.length + line.length > most && block !== '') close()
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark && !fence) fence = line.trimEnd()
    else if (mark && closes(line, fence)) fence = ''
    block += line
    wasEmpty = line.trim() === ''
  }
  if (block !== '') blocks.push(block)
  return blocks
}

const closes = (line: string, fence: string): boolean => {
  const mark = fence.trim().match(/^(`+|~+)/)?.[0] ?? ''
  return line.trim().startsWith(mark) && /^(`+|~+)\s*$/.test(line.trim())
}

/** Lines with their ends. One that is longer than a block may be is cut. */
function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at) + 1 || text.length
    const to = Math.min(end, at + most)
    yield text.slice(at, to)
    at = to
  }
}
