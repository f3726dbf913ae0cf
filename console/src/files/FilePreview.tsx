import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { useClient } from '../api/client.ts'
import type { FileObject } from '../api/uploads.ts'
import { readBeginning } from '../api/file-beginning.ts'
import { Failure } from '../parts/Failure.tsx'
import { LongText } from '../parts/LongText.tsx'
import { bytes } from '../parts/quantities.ts'
import { kindOf } from './kind-of.ts'
import { Picture } from './Picture.tsx'

const PdfPages = lazy(async () => ({ default: (await import('../parts/pdf/PdfPages.tsx')).PdfPages }))

/** As much of a text as is shown. Pictures and PDFs are shown whole. */
const textLimit = 1_000_000
const wholeLimit = 100_000_000

/** What is in a file: drawn, or as text. It is never opened as a page of this origin. */
export function FilePreview({ file }: { file: FileObject }) {
  const client = useClient()
  const isWhole = wholeKinds.test(file.filename)
  const limit = isWhole ? Math.min(file.bytes, wholeLimit) : Math.min(file.bytes, textLimit)
  const { data, error, refetch } = useQuery({
    queryKey: ['/files', 'beginning', file.id],
    queryFn: ({ signal }) => readBeginning(client, file.id, { limit, signal }),
    staleTime: Infinity,
    gcTime: 60_000,
  })
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return undefined
  const { kind, value } = kindOf(data)
  if (kind === 'picture') return <Picture bytes={data} type={value} name={file.filename} />
  if (kind === 'pdf')
    return (
      <Suspense>
        <PdfPages bytes={data} name={file.filename} />
      </Suspense>
    )
  if (kind === 'text')
    return (
      <>
        <LongText name={`Content of ${file.filename}`} text={value} />
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
