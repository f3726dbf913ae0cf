import { Button, Group, Text } from '@mantine/core'
import { ResetIcon } from '@radix-ui/react-icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { PythonSession } from '../../../src/contract/python-sessions.ts'
import { useClient } from '../api/client.ts'
import { endPythonSession, pythonSessionQuery } from '../api/python-session.ts'
import { Failure } from '../parts/Failure.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'

/** Whether the thread has a Python session, and the button that ends it. */
export function PythonSessionBar({ threadId }: { threadId: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const session = pythonSessionQuery(client, threadId)
  const { data } = useQuery(session)
  const restart = useMutation({
    mutationFn: () => endPythonSession(client, threadId),
    onSettled: () => queries.invalidateQueries({ queryKey: session.queryKey }),
  })
  if (!data) return undefined
  return (
    <div>
      <Group gap="md" mih={30}>
        <SessionState session={data} />
        {data.status !== 'none' && (
          <Button leftSection={<ResetIcon />} loading={restart.isPending} onClick={() => restart.mutate()}>
            Restart Python
          </Button>
        )}
        <Text fz="xs" c="dimmed">
          {data.status === 'none'
            ? 'The next program begins a new session. Files of earlier ones are in it, variables are not.'
            : 'Variables last until the session ends. A restart loses them, and ends a program that runs; files stay.'}
        </Text>
      </Group>
      {restart.error && <Failure error={restart.error} />}
    </div>
  )
}

function SessionState({ session: { status, idle_since } }: { session: PythonSession }) {
  if (status === 'none') return <StateLabel status="queued" words="no session" />
  if (idle_since === null) return <StateLabel status="in_progress" />
  return (
    <Group gap={4}>
      <StateLabel status="completed" words="idle" />
      <Text fz="xs" c="dimmed">
        used <Time at={idle_since} />
      </Text>
    </Group>
  )
}
