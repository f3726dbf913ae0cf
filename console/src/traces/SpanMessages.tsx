import { Text } from '@mantine/core'
import { JsonView } from '../parts/JsonView.tsx'
import { Output } from '../parts/calls/Output.tsx'
import { Section } from './Section.tsx'
import classes from './Traces.module.css'

const most = 100

/** What a model was sent or has said: messages as they read, everything else as JSON. */
export function SpanMessages({ title, value }: { title: string; value: unknown }) {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value))
    return (
      <Section title={title}>
        <JsonView value={value} />
      </Section>
    )
  const shown = value.slice(-most)
  return (
    <Section title={title}>
      {shown.length < value.length && (
        <Text fz="xs" c="dimmed">
          The last {most} of {value.length}
        </Text>
      )}
      {shown.map((message, index) => (
        <Message key={index} message={message} />
      ))}
    </Section>
  )
}

function Message({ message }: { message: unknown }) {
  const { role, content } = (typeof message === 'object' && message !== null ? message : {}) as {
    role?: unknown
    content?: unknown
  }
  const text = textOf(content)
  if (typeof role !== 'string' || text === undefined) return <JsonView value={message} />
  return (
    <div className={classes.message}>
      <span className={classes.kind}>{role}</span>
      <Output label={`Message of ${role}`}>{text}</Output>
    </div>
  )
}

/** Undefined for contents that are more than text. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = content.map((part) => (part as { text?: unknown } | null)?.text)
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : undefined
}
