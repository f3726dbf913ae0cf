import { Anchor, Text } from '@mantine/core'
import { useMemo } from 'react'
import type {
  InputFile,
  InputImage,
  Item,
  MessageItem,
  OutputText,
} from '../../../../src/contract/responses/items.ts'
import { FileBadge } from '../FileBadge.tsx'
import { FilePicture } from '../FilePicture.tsx'
import { Identifier } from '../Identifier.tsx'
import { Markdown } from '../Markdown.tsx'
import { AnyText, PictureAt } from '../MessageContent.tsx'
import { StateLabel } from '../StateLabel.tsx'
import { CitedFile, itemAnnotationView, placeOf, unlinked, type ItemAnnotation } from './item-annotations.tsx'
import { partInWords } from './item-in-words.ts'
import classes from './Items.module.css'

const names: Record<MessageItem['role'], string> = {
  user: 'User',
  assistant: 'Answer',
  system: 'System',
  developer: 'Developer',
}

/** A message as it reads, with its citations, pictures and files. `among` has the searches that it cites. */
export function ItemMessage({ item, among }: { item: MessageItem; among: readonly Item[] }) {
  const { id, role, content, status } = item
  return (
    <article className={classes.message} aria-label={`${names[role]}: message`}>
      <div className={classes.head}>
        <h2 className={classes.who}>{names[role]}</h2>
        <Identifier id={id} />
        {status !== 'completed' && <StateLabel status={status} />}
      </div>
      <div className={role === 'assistant' ? classes.answer : classes.said}>
        {content.map((part, index) => (
          <Part key={index} part={part} among={among} />
        ))}
      </div>
    </article>
  )
}

function Part({ part, among }: { part: MessageItem['content'][number]; among: readonly Item[] }) {
  switch (part.type) {
    case 'input_text':
      return <AnyText value={part.text} places={nowhere} annotation={undefined} />
    case 'output_text':
      return <Answer part={part} among={among} />
    case 'refusal':
      return (
        <div>
          <StateLabel status="warning" words="refused" /> <Markdown>{part.refusal}</Markdown>
        </div>
      )
    case 'input_image':
      return <GivenPicture part={part} />
    case 'input_file':
      return <GivenFile part={part} />
  }
}

const nowhere: [] = []

function Answer({ part: { text, annotations }, among }: { part: OutputText; among: readonly Item[] }) {
  const given = annotations as ItemAnnotation[]
  const places = useMemo(() => given.map(placeOf), [given])
  const view = useMemo(() => itemAnnotationView(given, among), [given, among])
  return (
    <>
      <AnyText value={text} places={places} annotation={view} />
      {unlinked(given).map((file) => (
        <div key={file.file_id}>
          <CitedFile file={file}>{file.filename}</CitedFile>
        </div>
      ))}
    </>
  )
}

function GivenPicture({ part }: { part: InputImage }) {
  if (part.file_id !== undefined) return <FilePicture fileId={part.file_id} alt="Sent with the message" />
  if (part.image_url !== undefined) return <PictureAt url={part.image_url} alt="Sent with the message" />
  return (
    <Text fz="sm" c="dimmed">
      {partInWords(part)}
    </Text>
  )
}

function GivenFile({ part }: { part: InputFile }) {
  if (part.file_id !== undefined) return <FileBadge id={part.file_id} />
  const { file_url } = part
  return (
    <Text fz="sm" c="dimmed">
      {file_url !== undefined && /^https?:/i.test(file_url) ? (
        <Anchor href={file_url} target="_blank" rel="noopener noreferrer" inherit>
          {part.filename ?? file_url}
        </Anchor>
      ) : (
        partInWords(part)
      )}
    </Text>
  )
}
