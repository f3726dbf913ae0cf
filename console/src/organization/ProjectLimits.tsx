import { Button, Group, Skeleton, Stack, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import { limitsQuery, setLimits, type Limits } from '../api/limits.ts'
import { Failure } from '../parts/Failure.tsx'
import { useUnsavedChanges } from '../parts/unsaved-changes.ts'
import { LimitFields } from './LimitFields.tsx'
import { RateLimits } from './RateLimits.tsx'

interface Props {
  /** Of the project. */
  path: string
  mayChange: boolean
}

/** What a project may use at most: altogether, and of each model in a minute. */
export const ProjectLimits = (props: Props) => (
  <Stack gap="xl">
    <Altogether {...props} />
    <section>
      <Title order={2} mb="sm">
        In a minute, of one model
      </Title>
      <RateLimits {...props} />
    </section>
  </Stack>
)

function Altogether({ path, mayChange }: Props) {
  const client = useClient()
  const queries = useQueryClient()
  const { data: saved, error, refetch } = useQuery(limitsQuery(client, path))
  const [changed, setChanged] = useState<Limits>({})
  const isChanged = Object.keys(changed).length > 0
  useUnsavedChanges(isChanged)
  const save = useMutation({
    mutationFn: () => setLimits(client, path, changed),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: [path, 'limits'] })
      setChanged({})
      notifications.show({ message: 'The limits are in force on every server within a second.' })
    },
  })
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!saved) return <Skeleton height={8} width="60%" my={10} />
  return (
    <form
      aria-label="Limits"
      onSubmit={(event) => {
        event.preventDefault()
        if (isChanged && !save.isPending) save.mutate()
      }}
    >
      <Stack gap="md">
        <LimitFields
          limits={{ ...saved, ...changed }}
          disabled={!mayChange}
          onChange={(by) => setChanged((now) => ({ ...now, ...by }))}
        />
        {save.error && <Failure error={save.error} />}
        {mayChange && (
          <Group gap="sm">
            <Button type="submit" variant="filled" loading={save.isPending} disabled={!isChanged}>
              Save the limits
            </Button>
            {isChanged && <Button onClick={() => setChanged({})}>Discard</Button>}
          </Group>
        )}
      </Stack>
    </form>
  )
}
