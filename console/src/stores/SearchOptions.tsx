import {
  ActionIcon,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { Cross2Icon, PlusIcon } from '@radix-ui/react-icons'
import { operators, type Condition, type Operator, type Search } from './search-address.ts'

interface Props {
  search: Search
  onChange: (by: Partial<Search>) => void
}

/** How results are chosen and ordered. */
export function SearchOptions({ search, onChange }: Props) {
  const numberOf = (name: 'max' | 'threshold' | 'words' | 'vectors') => ({
    value: search[name],
    onChange: (value: number | string) => {
      if (typeof value === 'number') onChange({ [name]: value })
    },
  })
  return (
    <Stack gap="md">
      <Group gap="sm" grow align="flex-end">
        <NumberInput label="Results at most" min={1} max={50} {...numberOf('max')} />
        <NumberInput label="Lowest score" min={0} max={1} step={0.05} {...numberOf('threshold')} />
      </Group>
      <Group gap="sm" grow align="flex-end">
        <NumberInput label="Weight of words" min={0} step={0.5} {...numberOf('words')} />
        <NumberInput label="Weight of vectors" min={0} step={0.5} {...numberOf('vectors')} />
      </Group>
      <Checkbox
        size="xs"
        label="Order again with the reranker, if there is one"
        checked={search.reranks}
        onChange={({ currentTarget }) => onChange({ reranks: currentTarget.checked })}
      />
      <Conditions {...search} onChange={onChange} />
    </Stack>
  )
}

function Conditions({
  conditions,
  joined,
  onChange,
}: Pick<Search, 'conditions' | 'joined'> & Pick<Props, 'onChange'>) {
  const replace = (at: number, by: Partial<Condition>) =>
    onChange({ conditions: conditions.map((one, index) => (index === at ? { ...one, ...by } : one)) })
  return (
    <Fieldset variant="unstyled" mx={0} aria-label="Attributes of files">
      <Group justify="space-between" mb="xs">
        <Text fz="xs" fw={500}>
          Attributes of files
        </Text>
        {conditions.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label="How conditions are joined"
            data={[
              { value: 'and', label: 'all' },
              { value: 'or', label: 'any' },
            ]}
            value={joined}
            onChange={(value) => onChange({ joined: value })}
          />
        )}
      </Group>
      <Stack gap="xs">
        {conditions.map(({ key, operator, value }, index) => (
          <Group key={index} gap="xs" wrap="nowrap">
            <TextInput
              aria-label={`Name of condition ${index + 1}`}
              placeholder="name"
              defaultValue={key}
              flex={1}
              miw={0}
              onBlur={({ currentTarget }) => replace(index, { key: currentTarget.value })}
            />
            <Select
              aria-label={`Comparison of condition ${index + 1}`}
              data={operators}
              value={operator}
              onChange={(chosen) => chosen && replace(index, { operator: chosen as Operator })}
              allowDeselect={false}
              w={88}
            />
            <TextInput
              aria-label={`Value of condition ${index + 1}`}
              placeholder="value"
              defaultValue={value}
              flex={1}
              miw={0}
              onBlur={({ currentTarget }) => replace(index, { value: currentTarget.value })}
            />
            <ActionIcon
              size={24}
              aria-label={`Remove condition ${index + 1}`}
              onClick={() => onChange({ conditions: conditions.filter((_, other) => other !== index) })}
            >
              <Cross2Icon />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            leftSection={<PlusIcon />}
            onClick={() => onChange({ conditions: [...conditions, { key: '', operator: 'eq', value: '' }] })}
          >
            Add a condition
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  )
}
