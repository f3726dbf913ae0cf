/** A block is cut where it is at least this long and the text allows it, and in any case where it is too long. */
const wanted = 2_000
const most = 20_000
/** A longer line is cut, and each of its pieces stands by itself. */
const longestLine = 4_000
/** The time to read a block grows with the square of its lines. Code is read more quickly. */
const mostLines = 150
const mostLinesOfCode = 2_000
/** A browser lays a table out as a whole, and its time grows with the cells. */
const mostCells = 500
/** Nobody reads a table of more columns, and it would hold the page up the most. */
const mostColumns = 30

/**
 * Cuts Markdown into pieces that read the same by themselves. Only the last one changes while text is being appended, so
 * that the others need not be read again. Code has pieces of its own; what is too long for one goes on, without its
 * language, in the next one: only the first is coloured. A table that goes on has its head again.
 */
export function markdownBlocks(text: string): string[] {
  const blocks: string[] = []
  let block = ''
  let lines = 0
  let cells = 0
  let fence = ''
  let head = ''
  let before = ''
  const close = () => {
    if (block !== '') blocks.push(fence ? `${block}\n${fence}` : block)
    lines = 0
    cells = 0
    block = fence ? `${fence}\n` : head
  }
  let wasEmpty = false
  for (const line of linesOf(text.replaceAll(/\r\n?/g, '\n'))) {
    const mark = fenceOf(line)
    const closesFence = fence !== '' && mark?.startsWith(fence) === true && line.trim() === mark
    // What is indented or a list goes on with what is before it.
    const mayCut = wasEmpty && block.length >= wanted && /^[^\s\-*+>|\d]/.test(line)
    const isTooLong =
      block.length + line.length > most ||
      line.length >= longestLine ||
      lines >= (fence ? mostLinesOfCode : mostLines) ||
      cells >= mostCells
    if (!line.startsWith('|')) head = ''
    const begins = mayCut || (mark !== undefined && line.startsWith(mark))
    if (isTooLong ? !closesFence : begins && !fence) close()
    if (!fence && mark) fence = mark
    else if (closesFence) fence = ''
    block += line
    lines++
    if (!fence) cells += line.split('|').length - 1
    if (closesFence) close()
    if (before.startsWith('|') && /^\|[ :|-]+\|\s*$/.test(line) && !fence) head ||= before + line
    before = line
    wasEmpty = line.trim() === ''
  }
  if (block !== '') blocks.push(block)
  return blocks
}

/** The mark with which code begins or ends on this line. */
const fenceOf = (line: string): string | undefined => /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1]

/** The code of a block that is nothing but code. */
export function codeOf(block: string): string | undefined {
  const [first = '', ...lines] = block.trimEnd().split('\n')
  const mark = fenceOf(first)
  if (mark === undefined) return undefined
  return (lines.at(-1)?.trim().startsWith(mark) ? lines.slice(0, -1) : lines).join('\n')
}

/** Lines with their ends. */
function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at) + 1 || text.length
    const to = Math.min(end, at + longestLine)
    yield text.slice(at, to)
    at = to
  }
}

/** Marks that may belong together, in a paragraph and in a block; and quotes and lists in one another. */
const mostMarks = 400
const mostMarksOfBlock = 1_500
const deepest = 12

/**
 * Whether a block would take long to read, or could not be laid out. The time grows with the square of the marks in a
 * paragraph whose partner is looked for, and of the depth of lists and quotes. Code is read at once.
 */
export function isTooIntricate(block: string): boolean {
  if (block.startsWith(fenceOf(block.split('\n', 1)[0]!) ?? '\n')) return false
  let ofBlock = 0
  let ofParagraph = 0
  for (const line of block.split('\n')) {
    const containers = /^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)])(?=[ \t>]))*/.exec(line)![0]
    const indent = /^[ \t]*/.exec(containers || line)![0].length
    if (containers.replaceAll(/\d+|[ \t]/g, '').length + (containers ? indent / 2 : 0) > deepest) return true
    if (line.startsWith('|') && line.split('|').length - 2 > mostColumns) return true
    if (/^\s*$|^ {0,3}(?:[-+*] |\d{1,9}[.)] |\||#)/.test(line)) ofParagraph = 0
    const marks = line.match(/[*_~[\]`<@&\\]/g)?.length ?? 0
    ofBlock += marks
    ofParagraph += marks
    if (ofParagraph > mostMarks || ofBlock > mostMarksOfBlock) return true
  }
  return false
}
