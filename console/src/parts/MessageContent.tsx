import { Anchor, Button, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Attachment, Message, MessageContent as Content } from '../../../src/contract/messages.ts'
import { textWithAnnotations, type Annotation, type Place } from './annotations.ts'
import { annotationView } from './conversation/annotation-view.tsx'
import { FileBadge } from './FileBadge.tsx'
import { FilePicture } from './FilePicture.tsx'
import { Markdown } from './Markdown.tsx'
import type { MarkdownProps } from './markdown-props.ts'
import classes from './MessageContent.module.css'
import { count } from './quantities.ts'

/** Everything that a message says and carries. Very long texts are shown in part until the rest is asked for. */
export function MessageContent({ message }: { message: Pick<Message, 'content' | 'attachments'> }) {
  const { content, attachments } = message
  return (
    <div className={classes.content}>
      {content.map((part, index) =>
        part.type === 'text' ? (
          <TextOfMessage key={index} text={part.text} />
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
  return <PictureAt url={part.image_url.url} alt="Sent with the message" />
}

/** A picture that an address has in itself; for any other the address. */
export function PictureAt({ url, alt }: { url: string; alt: string }) {
  // An address elsewhere is not fetched: the page asks nothing of other origins.
  if (/^data:image\/(png|jpeg|jpg|gif|webp);/i.test(url))
    return <img src={url} alt={alt} className={classes.picture} />
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

function TextOfMessage({
  text: { value, annotations },
}: {
  text: { value: string; annotations: Annotation[] }
}) {
  const view = useMemo(() => annotationView(annotations), [annotations])
  return <AnyText value={value} places={annotations} annotation={view} />
}

interface TextProps {
  value: string
  /** Where annotations stand in it. */
  places: readonly (Place | undefined)[]
  annotation: MarkdownProps['annotation']
}

/** A text of any length: of a very long one the beginning, until the rest is asked for. */
export function AnyText({ value, places, annotation }: TextProps) {
  const [whole, setWhole] = useState(false)
  const isCut = value.length > long && !whole
  const text = useMemo(() => {
    const all = textWithAnnotations(value, places)
    // Not within the link of an annotation.
    return isCut ? all.slice(0, shownOfLong).replace(/\[[^[\]]*\]?(?:\(#?[a-z]*-?\d*)?$/, '') : all
  }, [isCut, value, places])
  return (
    <>
      <Markdown annotation={annotation} atOnce={!whole}>
        {text}
      </Markdown>
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
  /** Of `textWithAnnotations`, or a piece of it. */
  children: string
}

/** Markdown with the citations and files of a message in their places. */
export function AnnotatedText({ annotations, children }: AnnotatedProps) {
  const annotation = useMemo(() => annotationView(annotations), [annotations])
  return (
    <Markdown annotation={annotation} atOnce>
      {children}
    </Markdown>
  )
}

const toolInWords = (tool: string) => (tool === 'file_search' ? 'for file search' : 'for Python')
