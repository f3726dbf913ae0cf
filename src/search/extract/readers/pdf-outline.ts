import { wideText, type Pdfium } from './pdfium.ts'

// The number of entries is limited, because an outline is a linked list in the file and may be circular.
const maxEntries = 5000
const maxDepth = 6
/** The maximum length of a title in UTF-16 units. */
const maxTitle = 512

/** For every page, counted from 0, the path of outline titles to which it belongs. Empty when there is no outline. */
export function outlineOf(pdfium: Pdfium, document: number, pages: number): (string | undefined)[] {
  const { api } = pdfium
  const starts: { page: number; path: string }[] = []
  let entries = 0
  const walk = (parent: number, above: string[]) => {
    let entry = api.FPDFBookmark_GetFirstChild(document, parent)
    while (entry !== 0 && entries++ < maxEntries) {
      const title = titleOf(pdfium, entry)
      const path = title ? [...above, title] : above
      const target = api.FPDFBookmark_GetDest(document, entry)
      const page = target === 0 ? -1 : api.FPDFDest_GetDestPageIndex(document, target)
      if (title && page >= 0 && page < pages) starts.push({ page, path: path.join(' > ') })
      if (path.length < maxDepth) walk(entry, path)
      entry = api.FPDFBookmark_GetNextSibling(document, entry)
    }
  }
  walk(0, [])
  if (starts.length === 0) return []

  const first = new Map<number, string>()
  const last = new Map<number, string>()
  for (const { page, path } of starts) {
    if (!first.has(page)) first.set(page, path)
    last.set(page, path)
  }
  let path: string | undefined
  return Array.from({ length: pages }, (_, page) => {
    // A page on which several entries begin belongs to the first of them, and the following pages to the last.
    const here = first.get(page) ?? path
    path = last.get(page) ?? path
    return here
  })
}

function titleOf(pdfium: Pdfium, entry: number): string {
  const title = wideText(
    pdfium,
    (address, bytes) => pdfium.api.FPDFBookmark_GetTitle(entry, address, bytes),
    maxTitle,
  )
  return title.replace(/\s+/g, ' ').trim().slice(0, 200)
}
