import { Text } from '@mantine/core'
import { useEffect } from 'react'
import { PdfPage } from './PdfPage.tsx'
import { usePdf } from './use-pdf.ts'

interface Props {
  bytes: Uint8Array<ArrayBuffer>
  name: string
  /** What is marked: the text of a passage by the page that has it, counted from 1. The first page is brought into sight. */
  marks?: ReadonlyMap<number, string> | undefined
  /** Told why the pages cannot be drawn. Without it that is shown in their place. */
  onProblem?: (reason: string) => void
}

/** The pages of a PDF, drawn while they can be seen. */
export function PdfPages({ bytes, name, marks, onProblem }: Props) {
  const { pdf, error } = usePdf(bytes)
  useEffect(() => {
    if (error) onProblem?.(error.message)
  }, [error, onProblem])
  if (error && onProblem) return undefined
  if (error)
    return (
      <Text fz="sm" c="dimmed" role="alert">
        The pages of {name} cannot be drawn. {error.message}
      </Text>
    )
  if (!pdf) return undefined
  const first = marks && Math.min(...marks.keys())
  return pdf.pages.map((size, index) => (
    <PdfPage
      key={index}
      ask={pdf.ask}
      index={index}
      size={size}
      label={`${name}, page ${index + 1} of ${pdf.pages.length}`}
      passage={marks?.get(index + 1)}
      comesIntoSight={index + 1 === first}
    />
  ))
}
