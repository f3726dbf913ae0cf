import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useClient } from '../api/client.ts'
import type { FileObject } from '../api/uploads.ts'
import { readBeginning } from '../api/file-beginning.ts'
import { storePagesQuery, type VectorStoreFilePage } from '../api/stores.ts'
import { Failure } from '../parts/Failure.tsx'
import { lazily } from '../parts/lazily.tsx'
import { LongText } from '../parts/LongText.tsx'
import { Notice } from '../parts/Notice.tsx'
import { largestDrawn } from '../parts/pdf/limits.ts'
import { bytes } from '../parts/quantities.ts'

const PdfPages = lazily(async () => (await import('../parts/pdf/PdfPages.tsx')).PdfPages)

interface Props {
  storeId: string
  file: FileObject
  /** Whether the pages are drawn, or shown as the text that search saw. */
  drawn: boolean
  marked: { start: number; end: number } | undefined
}

/** A file with a passage marked in it. */
export function Passage({ storeId, file, drawn, marked }: Props) {
  const client = useClient()
  const { data: pages, error, refetch } = useQuery(storePagesQuery(client, storeId, file.id))
  const [problem, setProblem] = useState<string>()
  const tooLarge =
    drawn && file.bytes > largestDrawn ? `It is larger than ${bytes(largestDrawn)}.` : undefined
  const reason = problem ?? tooLarge
  const isDrawn = drawn && reason === undefined
  const content = useQuery({
    queryKey: ['/files', 'beginning', file.id],
    queryFn: ({ signal }) => readBeginning(client, file.id, { limit: file.bytes, signal }),
    staleTime: Infinity,
    gcTime: 60_000,
    enabled: isDrawn,
  })
  const { start, end } = marked ?? {}
  const marks = useMemo(
    () => (pages && start !== undefined && end !== undefined ? marksOn(pages, { start, end }) : undefined),
    [pages, start, end],
  )
  const text = useMemo(() => (pages ? textOf(pages) : ''), [pages])
  const failed = error ?? content.error
  if (failed) return <Failure error={failed} onRetry={() => void (error ? refetch() : content.refetch())} />
  if (!pages) return undefined
  if (!isDrawn)
    return (
      <Stack gap="md">
        {drawn && (
          <Notice tone="asking" title="The pages cannot be drawn">
            {reason} This is the text that search has read in them.
          </Notice>
        )}
        <LongText name={`Text of ${file.filename}`} text={text} marked={marked} />
      </Stack>
    )
  return (
    content.data && (
      <PdfPages bytes={content.data} name={file.filename} marks={marks} onProblem={setProblem} />
    )
  )
}

/** The part of a passage that each page has. A part of almost nothing is where a passage only touches a page. */
function marksOn(
  pages: VectorStoreFilePage[],
  { start, end }: { start: number; end: number },
): Map<number, string> | undefined {
  const marks = new Map<number, string>()
  for (const page of pages) {
    const text = page.text.slice(Math.max(0, start - page.start), Math.max(0, end - page.start))
    if (page.page !== null && text.trim() !== '') marks.set(page.page, text)
  }
  return marks.size > 0 ? marks : undefined
}

/** The positions of passages count what stands between two pages as well. */
function textOf(pages: VectorStoreFilePage[]): string {
  let text = ''
  for (const page of pages) text = text.padEnd(page.start, '\n') + page.text
  return text
}
