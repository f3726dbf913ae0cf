import { Alert, Button, Group, Text } from '@mantine/core'
import OpenAI from 'openai'

/** An error as somebody can act on it. `onRetry` asks again, where that can help. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, text, requestId } = inWords(error)
  return (
    <Alert color="red" variant="light" role="alert" title={title}>
      <Group justify="space-between" align="flex-end" gap="sm">
        <div>
          <Text fz="sm">{text}</Text>
          {requestId && (
            <Text fz="xs" c="dimmed" ff="monospace">
              {requestId}
            </Text>
          )}
        </div>
        {onRetry && !(error instanceof OpenAI.NotFoundError) && <Button onClick={onRetry}>Try again</Button>}
      </Group>
    </Alert>
  )
}

/**
 * Whether there is nothing to show but the failure: what was read before stays in sight when it cannot be read again, unless it is gone.
 */
export const hasNothing = ({ data, error }: { data: unknown; error: Error | null }): boolean =>
  error !== null && (data === undefined || error instanceof OpenAI.NotFoundError)

function inWords(error: unknown): { title: string; text: string; requestId?: string | null | undefined } {
  if (error instanceof OpenAI.APIConnectionError)
    return {
      title: 'The server did not answer',
      text: 'It may have been stopped, or the network is interrupted.',
    }
  if (error instanceof OpenAI.NotFoundError) return { title: 'Not found', text: messageOf(error) }
  if (error instanceof OpenAI.APIError)
    return {
      title: `The server answered ${error.status}`,
      text: messageOf(error),
      requestId: error.requestID,
    }
  return { title: 'The console has failed', text: error instanceof Error ? error.message : String(error) }
}

/** Without the status, which the client writes before the message. */
const messageOf = (error: Error) => error.message.replace(/^\d{3} /, '')
