import { ActionIcon, CopyButton } from '@mantine/core'
import { CheckIcon, CopyIcon, FileIcon } from '@radix-ui/react-icons'
import { useMemo, type ReactNode } from 'react'
import type { Annotation, Attachment, Message, MessageContent } from '../../../../src/contract/messages.ts'
import { nameOf, useAssistant } from '../../api/assistants.ts'
import { useFile } from '../../api/files.ts'
import { FileLink } from '../FileLink.tsx'
import { FilePicture } from '../FilePicture.tsx'
import { Identifier } from '../Identifier.tsx'
import { Markdown } from '../Markdown.tsx'
import { Time } from '../Time.tsx'
import { annotationView } from './annotation-view.tsx'
import classes from './Conversation.module.css'
import type { Row } from './rows.ts'

interface Props {
  row: Extract<Row, { kind: 'message' }>
  actions: ((message: Message) => ReactNode) | undefined
}

/** A message, or a piece of a long one. */
export function MessageRow({ row, actions }: Props) {
  const { message, isFirst, isLast } = row
  const cut = isFirst ? (isLast ? undefined : 'start') : isLast ? 'end' : 'middle'
  return (
    <article
      className={classes.message}
      data-last={isLast || undefined}
      aria-label={message.role === 'user' ? 'Message of the user' : 'Answer'}
    >
      {isFirst && <Head message={message} actions={actions?.(message)} />}
      <div className={message.role === 'user' ? classes.person : undefined} data-cut={cut}>
        <Content row={row} />
        {isLast && message.attachments.length > 0 && (
          <div className={classes.attachments}>
            {message.attachments.map((attachment) => (
              <AttachedFile key={attachment.file_id} attachment={attachment} />
            ))}
          </div>
        )}
      </div>
    </article>
  )
}

function Head({ message, actions }: { message: Message; actions: ReactNode }) {
  const assistant = useAssistant(message.assistant_id)
  const who = message.role === 'user' ? 'You' : assistant ? nameOf(assistant) : 'Assistant'
  return (
    <div className={classes.head}>
      <span className={classes.who}>{who}</span>
      <Time at={message.created_at} />
      <Identifier id={message.id} />
      <div className={classes.actions}>
        <CopyMessage message={message} />
        {actions}
      </div>
    </div>
  )
}

function Content({ row: { message, content, text } }: { row: Props['row'] }) {
  const part = content === undefined ? undefined : message.content[content]
  if (!part) return undefined
  if (part.type !== 'text') return <OtherContent part={part} />
  return <TextPiece text={text ?? ''} annotations={part.text.annotations} />
}

function TextPiece({ text, annotations }: { text: string; annotations: readonly Annotation[] }) {
  const annotation = useMemo(() => annotationView(annotations), [annotations])
  return (
    <Markdown atOnce annotation={annotation}>
      {text}
    </Markdown>
  )
}

function OtherContent({ part }: { part: Exclude<MessageContent, { type: 'text' }> }) {
  if (part.type === 'image_file') return <FilePicture fileId={part.image_file.file_id} alt="Picture" />
  if (part.type === 'refusal') return <Markdown atOnce>{part.refusal}</Markdown>
  const { url } = part.image_url
  if (/^data:image\/(jpeg|jpg|png|gif|webp);/i.test(url)) return <img src={url} alt="" width={400} />
  // The picture of another server is not fetched by whoever reads the thread.
  return (
    <a href={/^https?:/i.test(url) ? url : undefined} target="_blank" rel="noopener noreferrer">
      {url.slice(0, 200)}
    </a>
  )
}

function AttachedFile({ attachment: { file_id, tools } }: { attachment: Attachment }) {
  const { data } = useFile(file_id)
  const names = { code_interpreter: 'Python', file_search: 'search' }
  return (
    <span>
      <FileIcon aria-hidden width={12} height={12} />{' '}
      <FileLink fileId={file_id}>{data?.filename ?? file_id}</FileLink>
      {tools.length > 0 && ` for ${tools.map(({ type }) => names[type]).join(' and ')}`}
    </span>
  )
}

/** The texts of a message together. */
export const textOf = ({ content }: Pick<Message, 'content'>): string =>
  content.flatMap((part) => (part.type === 'text' ? [part.text.value] : [])).join('\n\n')

const CopyMessage = ({ message }: { message: Message }) => (
  <CopyButton value={textOf(message)}>
    {({ copied, copy }) => (
      <ActionIcon size={24} aria-label="Copy the message" title="Copy" onClick={copy}>
        {copied ? <CheckIcon /> : <CopyIcon />}
      </ActionIcon>
    )}
  </CopyButton>
)
