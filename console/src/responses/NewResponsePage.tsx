import { Anchor, Text } from '@mantine/core'
import { Link, useLocation } from 'wouter'
import { lazily } from '../parts/lazily.tsx'
import { Page } from '../parts/Page.tsx'
import { hasWritten } from '../playground/has-written.ts'

const GoOn = lazily(async () => (await import('./GoOn.tsx')).GoOn)

/** Begins a chain: something is said to a model, and the page of its response opens. */
export function NewResponsePage() {
  const [, navigate] = useLocation()
  return (
    <Page
      title="New response"
      trail={
        <Anchor component={Link} to="~/responses" inherit>
          Responses
        </Anchor>
      }
    >
      <Text fz="sm" c="dimmed" maw={860}>
        Say something to a model. Its answer opens on a page of its own, from where you go on. Another model,
        and instructions, are chosen below the message.
      </Text>
      <GoOn
        latest={undefined}
        isLost={false}
        origin={{}}
        onStarted={({ id }) => navigate(`/${id}`, { state: hasWritten })}
      />
    </Page>
  )
}
