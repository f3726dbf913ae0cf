import { Anchor, Button, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Attachment, Message, MessageContent as Content } from '../../../src/contract/messages.ts'
import { textWithAnnotations, type Annotation } from './annotations.ts'
import { annotationView } from './conversation/annotation-view.tsx'
import { FileBadge } from './FileBadge.tsx'
import { FilePicture } from './FilePicture.tsx'
import { Markdown } from './Markdown.tsx'
import classes from './MessageContent.module.css'
import { count } from './quantities.ts'

/** Everything that a message says and carries. Very long texts are shown in part until the rest is asked for. */
export function MessageContent({ message }: { message: Pick<Message, 'content' | 'attachments'> }) {
  const { content, attachments } = message
  return (
    <div className={classes.content}>
      {content.map((part, index) =>
        part.type === 'text' ? (
          <LongText key={index} value={part.text.value} annotations={part.text.annotations} />
        ) : (
          <OtherContent key={index} part={part} />
        ),
      )}
      {content.length === 0 && (
        <Text fz="sm" c="dimmed">
          Nothing yet
        </Text>
      )}
      <AttachedFiles attachments={attachments} />
    </div>
  )
}

export const AttachedFiles = ({ attachments }: { attachments: readonly Attachment[] }) =>
  attachments.length > 0 && (
    <div className={classes.files}>
      {attachments.map(({ file_id, tools }, index) => (
        <FileBadge key={index} id={file_id} about={tools.map(({ type }) => toolInWords(type)).join(', ')} />
      ))}
    </div>
  )

/** What is no text: pictures, and what a model refuses to say. */
export function OtherContent({ part }: { part: Exclude<Content, { type: 'text' }> }) {
  if (part.type === 'image_file') return <FilePicture fileId={part.image_file.file_id} alt="Picture" />
  if (part.type === 'refusal') return <Text c="var(--state-failed)">{part.refusal}</Text>
  const { url } = part.image_url
  // An address elsewhere is not fetched: the page asks nothing of other origins.
  if (/^data:image\/(png|jpeg|jpg|gif|webp);/i.test(url))
    return <img src={url} alt="Sent with the message" className={classes.picture} />
  const shown = url.length > longestAddress ? `${url.slice(0, longestAddress)}…` : url
  return (
    <Text fz="sm" className={classes.address}>
      Picture at{' '}
      {/^https?:/i.test(url) ? (
        <Anchor href={url} target="_blank" rel="noopener noreferrer" inherit>
          {shown}
        </Anchor>
      ) : (
        shown
      )}
    </Text>
  )
}

const longestAddress = 200
const long = 24_000
const shownOfLong = 8_000

function LongText({ value, annotations }: { value: string; annotations: Annotation[] }) {
  const [whole, setWhole] = useState(false)
  const isCut = value.length > long && !whole
  const text = useMemo(() => {
    const all = textWithAnnotations(value, annotations)
    // Not within the link of an annotation.
    return isCut ? all.slice(0, shownOfLong).replace(/\[[^[\]]*\]?(?:\(#?[a-z]*-?\d*)?$/, '') : all
  }, [isCut, value, annotations])
  return (
    <>
      <AnnotatedText annotations={annotations} atOnce={!whole}>
        {text}
      </AnnotatedText>
      {isCut && (
        <div>
          <Button onClick={() => setWhole(true)}>Show all {count(value.length)} characters</Button>
        </div>
      )}
    </>
  )
}

interface AnnotatedProps {
  annotations: readonly Annotation[]
  atOnce?: boolean
  /** Of `textWithAnnotations`, or a piece of it. */
  children: string
}

/** Markdown with the citations and files of a message in their places. */
export function AnnotatedText({ annotations, atOnce = true, children }: AnnotatedProps) {
  const annotation = useMemo(() => annotationView(annotations), [annotations])
  return (
    <Markdown annotation={annotation} atOnce={atOnce}>
      {children}
    </Markdown>
  )
}

const toolInWords = (tool: string) => (tool === 'file_search' ? 'for file search' : 'for Python')
