import { Anchor } from '@mantine/core'
import { Link } from 'wouter'
import { useAssistant } from '../api/assistants.ts'
import { shorten } from './Identifier.tsx'
import { visible } from './visible.ts'

/** The name of an assistant, or its id when it has none or is gone. */
export function useAssistantName(id: string): string {
  return visible(useAssistant(id)?.name) ?? shorten(id)
}

/** An assistant by its name. It leads to its page. */
export function AssistantName({ id }: { id: string }) {
  return (
    <Anchor component={Link} to={`~/assistants/${id}`} inherit c="inherit" title={id} lineClamp={2}>
      <bdi>{useAssistantName(id)}</bdi>
    </Anchor>
  )
}
