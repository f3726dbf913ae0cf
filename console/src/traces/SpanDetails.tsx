import { Anchor, CloseButton, Text } from '@mantine/core'
import { Link } from 'wouter'
import { Facts } from '../parts/Facts.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { Notice } from '../parts/Notice.tsx'
import { duration } from '../parts/quantities.ts'
import { useFilter } from '../parts/use-filter.ts'
import { Output } from '../parts/calls/Output.tsx'
import { pretty } from '../parts/calls/calls.ts'
import { dataOf, kindOf, nameOf, noteOf } from './span-in-words.ts'
import type { SpanLine } from './span-tree.ts'
import { Section } from './Section.tsx'
import { SpanMessages } from './SpanMessages.tsx'
import classes from './Traces.module.css'

/** What one span was: what its kind is known to have, and everything else as it was sent. */
export function SpanDetails({ line: { span, started_at, ended_at } }: { line: SpanLine }) {
  const [, choose] = useFilter('span')
  const data = dataOf(span)
  const name = nameOf(span)
  return (
    <section className={classes.span} aria-label="The chosen span">
      <div className={classes.spanHead}>
        <h2 className={classes.spanName}>
          <bdi>{[kindOf(span), name].filter(Boolean).join(' · ')}</bdi>
        </h2>
        <CloseButton aria-label="Close the span" onClick={() => choose(null)} />
      </div>
      {span.error && (
        <div className={classes.notice}>
          <Notice tone="failed" title="Error">
            {span.error.message}
            {span.error.data !== null && <JsonView value={span.error.data} />}
          </Notice>
        </div>
      )}
      {span.truncated === true && (
        <Text fz="xs" c="dimmed">
          It was too large to be kept as it was: texts that end with … were longer.
        </Text>
      )}
      <Facts
        facts={{
          Took: ended_at === null ? 'not known' : duration(Math.max(0, ended_at - started_at)),
          Usage: data['usage'] === undefined ? undefined : noteOf(span) || undefined,
          Model: textOrNothing(data['model']),
          Tools: namesOf(data['tools']),
          Handoffs: namesOf(data['handoffs']),
          Output: data['type'] === 'agent' ? textOrNothing(data['output_type']) : undefined,
          Response: responseOf(data['response_id']),
          Id: <Identifier id={span.id} />,
        }}
      />
      <Contents data={data} />
      <Section title="As it was sent">
        <JsonView value={span} />
      </Section>
    </section>
  )
}

/** What went in and what came out. */
function Contents({ data }: { data: Record<string, unknown> }) {
  if (data['type'] === 'generation')
    return (
      <>
        <SpanMessages title="Input" value={data['input']} />
        <SpanMessages title="Output" value={data['output']} />
      </>
    )
  if (data['type'] === 'custom') return undefined
  return (
    <>
      {(['input', 'output'] as const).map((key) =>
        data[key] === undefined || data[key] === null ? undefined : (
          <Section key={key} title={key === 'input' ? 'Input' : 'Output'}>
            {typeof data[key] === 'string' ? (
              <Output label={key}>{pretty(data[key])}</Output>
            ) : (
              <JsonView value={data[key]} />
            )}
          </Section>
        ),
      )}
    </>
  )
}

const textOrNothing = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

const namesOf = (value: unknown) =>
  Array.isArray(value) && value.length > 0 ? <bdi>{value.map(String).join(', ')}</bdi> : undefined

const responseOf = (id: unknown) =>
  typeof id === 'string' && id !== '' ? (
    <Anchor component={Link} to={`~/responses/${encodeURIComponent(id)}`} inherit>
      Open the response
    </Anchor>
  ) : undefined
