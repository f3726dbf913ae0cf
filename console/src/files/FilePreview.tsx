import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import type { FileObject } from '../api/uploads.ts'
import { readBeginning } from '../api/file-beginning.ts'
import { Failure } from '../parts/Failure.tsx'
import { lazily } from '../parts/lazily.tsx'
import { findLoosely } from '../parts/pdf/find-loosely.ts'
import { LongText } from '../parts/LongText.tsx'
import { bytes } from '../parts/quantities.ts'
import { kindOf } from './kind-of.ts'
import { Picture } from './Picture.tsx'

const PdfPages = lazily(async () => (await import('../parts/pdf/PdfPages.tsx')).PdfPages)

/** As much of a text as is shown. Pictures and PDFs are shown whole. */
const textLimit = 1_000_000
const wholeLimit = 100_000_000

/** As much of a text as is searched for a quote with other blanks and hyphens than its own. */
const looseLimit = 300_000

/** Where the quote is in a text, in UTF-16 units. */
function placeOf(text: string, quote: string): { start: number; end: number } | undefined {
  if (quote === '') return undefined
  const start = text.indexOf(quote)
  if (start !== -1) return { start, end: start + quote.length }
  return text.length > looseLimit ? undefined : findLoosely(text.split(''), quote)
}

/** What is in a file: drawn, or as text. It is never opened as a page of this origin. */
export function FilePreview({ file }: { file: FileObject }) {
  const client = useClient()
  const [address] = useSearchParams()
  const quote = address.get('quote') ?? ''
  const page = Number(address.get('page') ?? NaN)
  const marks = useMemo(() => (page > 0 ? new Map([[page, quote]]) : undefined), [page, quote])
  const isWhole = wholeKinds.test(file.filename)
  const limit = isWhole ? Math.min(file.bytes, wholeLimit) : Math.min(file.bytes, textLimit)
  const { data, error, refetch } = useQuery({
    queryKey: ['/files', 'beginning', file.id],
    queryFn: ({ signal }) => readBeginning(client, file.id, { limit, signal }),
    staleTime: Infinity,
    gcTime: 60_000,
  })
  const content = useMemo(() => data && kindOf(data), [data])
  const marked = useMemo(
    () => (content?.kind === 'text' ? placeOf(content.value, quote) : undefined),
    [content, quote],
  )
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data || !content) return undefined
  if (file.bytes === 0)
    return (
      <Text fz="sm" c="dimmed">
        The file is empty.
      </Text>
    )
  const { kind, value } = content
  if (kind === 'picture') return <Picture bytes={data} type={value} name={file.filename} />
  if (kind === 'pdf') return <PdfPages bytes={data} name={file.filename} marks={marks} />
  if (kind === 'text')
    return (
      <>
        <LongText name={`Content of ${file.filename}`} text={value} marked={marked} />
        {file.bytes > data.length && (
          <Text fz="xs" c="dimmed" mt="sm">
            The first {bytes(data.length)} of {bytes(file.bytes)}. Download the file to read all of it.
          </Text>
        )}
      </>
    )
  return (
    <Text fz="sm" c="dimmed">
      This kind of file is not shown here. Download it, or add it to a vector store to see the text that
      search reads in it.
    </Text>
  )
}

const wholeKinds = /\.(png|jpe?g|gif|webp|pdf)$/i
