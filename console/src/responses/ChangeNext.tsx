import { Button, PasswordInput, Popover, Stack, Text, Textarea } from '@mantine/core'
import { ChevronDownIcon } from '@radix-ui/react-icons'
import type { Response } from '../api/responses.ts'
import { ModelSelect } from '../assistants/ModelSelect.tsx'
import { serversWithToken, type Chosen } from './go-on.ts'

interface Props {
  latest: Response | undefined
  value: Chosen
  onChange: (chosen: Chosen) => void
}

/** What the next response has that the one before had not: nothing of it is inherited by itself. */
export function ChangeNext({ latest, value, onChange }: Props) {
  const servers = latest ? serversWithToken(latest) : []
  const before = typeof latest?.instructions === 'string' ? latest.instructions : ''
  return (
    <Popover width={360} position="top-start" trapFocus shadow="md">
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          px="sm"
          rightSection={<ChevronDownIcon aria-hidden />}
          title="Another model or other instructions from here on"
        >
          {value.model ?? latest?.model ?? 'Choose a model…'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text fz="xs" c="dimmed">
            {latest ? 'What is not changed is as in the response before.' : 'For the first response.'}
          </Text>
          <ModelSelect
            value={value.model ?? latest?.model ?? ''}
            onChange={(model) => onChange({ ...value, model })}
          />
          <Textarea
            label="Instructions"
            data-autofocus
            autosize
            maxRows={8}
            value={value.instructions ?? before}
            onChange={({ currentTarget }) => onChange({ ...value, instructions: currentTarget.value })}
          />
          {servers.map((label) => (
            <PasswordInput
              key={label}
              label={`Token of ${label}`}
              description="It was not kept, and is sent with what comes next."
              value={value.tokens?.[label] ?? ''}
              onChange={({ currentTarget }) =>
                onChange({ ...value, tokens: { ...value.tokens, [label]: currentTarget.value } })
              }
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
