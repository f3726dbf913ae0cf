import { ActionIcon, Button, Fieldset, Group, Input, Stack, TextInput } from '@mantine/core'
import { Cross2Icon, PlusIcon } from '@radix-ui/react-icons'

export interface Pair {
  key: string
  value: string
}

export const toPairs = (values: Record<string, unknown>): Pair[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: String(value) }))

interface Props {
  label: string
  description?: string
  pairs: Pair[]
  onChange: (pairs: Pair[]) => void
}

/** Metadata, or the attributes of a file: at most 16 names with a value each. */
export function PairsInput({ label, description, pairs, onChange }: Props) {
  const replace = (at: number, by: Partial<Pair>) =>
    onChange(pairs.map((pair, index) => (index === at ? { ...pair, ...by } : pair)))
  return (
    <Fieldset variant="unstyled" mx={0} aria-label={label}>
      <Input.Label component="div">{label}</Input.Label>
      {description && <Input.Description>{description}</Input.Description>}
      <Stack gap="xs" mt="xs">
        {pairs.map(({ key, value }, index) => (
          <Group key={index} gap="xs" wrap="nowrap">
            <TextInput
              aria-label={`${label}: name ${index + 1}`}
              placeholder="name"
              value={key}
              maxLength={64}
              flex={1}
              onChange={({ currentTarget }) => replace(index, { key: currentTarget.value })}
            />
            <TextInput
              aria-label={`${label}: value ${index + 1}`}
              placeholder="value"
              value={value}
              maxLength={512}
              flex={2}
              onChange={({ currentTarget }) => replace(index, { value: currentTarget.value })}
            />
            <ActionIcon
              aria-label={`Remove ${key || `pair ${index + 1}`}`}
              onClick={() => onChange(pairs.filter((_, other) => other !== index))}
            >
              <Cross2Icon />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            leftSection={<PlusIcon />}
            disabled={pairs.length >= 16}
            onClick={() => onChange([...pairs, { key: '', value: '' }])}
          >
            Add a pair
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  )
}
