import { Anchor, Tooltip } from '@mantine/core'
import { FileIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { fileQuery } from '../api/files.ts'
import type { Annotation } from './annotations.ts'
import classes from './AnnotationLink.module.css'
import { shorten } from './Identifier.tsx'

type Props = { annotation: Annotation; words: ReactNode } | { fileId: string; tools: string[] }

/** A file that an answer cites, has made, or that a message carries. It leads to the page of the file. */
export function AnnotationLink(props: Props) {
  const isAttached = 'fileId' in props
  const fileId = isAttached ? props.fileId : fileOf(props.annotation)
  const { data } = useQuery(fileQuery(useClient(), fileId))
  const name = data?.filename ?? shorten(fileId)
  const isCitation = !isAttached && props.annotation.type === 'file_citation'
  const about = isAttached ? props.tools.map(inWords).join(', ') : aboutOf(props.annotation)
  return (
    <Tooltip label={about ? `${name} · ${about}` : name} multiline maw={420}>
      <Anchor
        component={Link}
        to={`~/files/${fileId}`}
        className={isCitation ? classes.citation : classes.file}
        aria-label={isCitation ? `Source: ${name}` : `File ${name}`}
      >
        {isCitation ? (
          props.words
        ) : (
          <>
            <FileIcon aria-hidden />
            {name}
          </>
        )}
      </Anchor>
    </Tooltip>
  )
}

const fileOf = (annotation: Annotation) =>
  annotation.type === 'file_citation' ? annotation.file_citation.file_id : annotation.file_path.file_id

function aboutOf(annotation: Annotation): string {
  if (annotation.type === 'file_path') return 'made by this run'
  const { quote, page_start } = annotation.file_citation
  return [page_start && `page ${page_start}`, quote && `“${quote.slice(0, 300)}”`].filter(Boolean).join(' · ')
}

const inWords = (tool: string) => (tool === 'file_search' ? 'for file search' : 'for Python')
