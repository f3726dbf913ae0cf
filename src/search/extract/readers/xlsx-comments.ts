import { textBuilder } from '../text-builder.ts'
import { parseWholeXml } from '../xml.ts'
import type { Zip } from '../zip.ts'
import { relationsOf } from './ooxml.ts'

/**
 * The copy of a thread of comments that Excel writes for its older versions. The thread itself is in a separate part.
 */
const copyOfThread = /^\[[^\]]+\]\s[^]*?https?:\/\/go\.microsoft\.com\//

/** The comments on the cells of a sheet, with a line for each one, in the order of the file. */
export async function commentLines(zip: Zip, sheet: string, maxText: number): Promise<string> {
  const out = textBuilder(maxText)
  for (const { kind, target } of (await relationsOf(zip, sheet)).values()) {
    if (kind !== 'comments' && kind !== 'threadedComment') continue
    let cell = ''
    let remark = ''
    let inText = false
    await parseWholeXml(zip.read(target), {
      open(name, attributes) {
        if (name === 'comment' || name === 'threadedComment') {
          cell = attributes.get('ref') ?? ''
          remark = ''
        } else if (name === 't' || (name === 'text' && kind === 'threadedComment')) inText = true
        else if (name === 'rPh') inText = false
      },
      text(text) {
        if (inText) remark += text
      },
      close(name) {
        if (name === 't' || name === 'text') inText = false
        if (name !== 'comment' && name !== 'threadedComment') return
        const said = remark.trim().replace(/\s+/g, ' ')
        if (said && !copyOfThread.test(said)) out.add(`Comment on ${cell}: ${said}\n`)
      },
    })
  }
  return out.take()
}
