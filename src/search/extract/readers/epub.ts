import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge, unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'
import { parseWholeXml } from '../xml.ts'
import { openZip, type Zip } from '../zip.ts'
import { resolvePath } from './ooxml.ts'
import { toMarkdown } from './to-markdown.ts'

const maxChapter = 16 * 2 ** 20

/** Reads a book. Its chapters are HTML pages, which are read in their order in the book. */
export async function* readEpub(file: SourceFile, { limits, warn }: Reading): AsyncGenerator<ExtractedPart> {
  await using zip = await openZip(file.path, limits.zip)
  let book = ''
  await parseWholeXml(zip.read('META-INF/container.xml'), {
    open(name, attributes) {
      if (name === 'rootfile') book ||= attributes.get('full-path') ?? ''
    },
  })
  if (!zip.has(book)) throw unreadable('It is not a book in EPUB.')

  const items = new Map<string, { path: string; type: string }>()
  const spine: string[] = []
  await parseWholeXml(zip.read(book), {
    open(name, attributes) {
      // The table of contents only repeats the headings of the chapters.
      if (attributes.get('properties')?.split(' ').includes('nav')) return
      const [id, href, reference] = ['id', 'href', 'idref'].map((key) => attributes.get(key))
      if (name === 'item' && id && href) {
        items.set(id, { path: resolvePath(book, unescaped(href)), type: attributes.get('media-type') ?? '' })
      } else if (name === 'itemref' && reference) spine.push(reference)
    },
  })
  for (const id of spine) {
    const item = items.get(id)
    if (!item || !/html|xml/.test(item.type)) continue
    if (!zip.has(item.path)) {
      warn(`The chapter ${item.path} is missing.`)
      continue
    }
    const html = await textOf(zip, item.path)
    // The head is left out, because in each chapter it has the title of the book.
    yield* sections(`${await toMarkdown(html.slice(Math.max(html.search(/<body\b/i), 0)))}\n\n`)
  }
}

async function textOf(zip: Zip, name: string): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const bytes of zip.read(name)) {
    pieces.push(bytes)
    length += bytes.length
    if (length > maxChapter) throw fileTooLarge('One of its chapters is too large.')
  }
  return new TextDecoder().decode(Buffer.concat(pieces))
}

function unescaped(href: string): string {
  try {
    return decodeURIComponent(href)
  } catch {
    return href
  }
}
