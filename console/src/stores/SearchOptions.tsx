import {
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
import { RowsInput } from '../parts/RowsInput.tsx'
import { operators, type Operator, type Search } from './search-address.ts'

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
  return (
    <Fieldset variant="unstyled" mx={0} aria-label="Attributes of files">
      <Group justify="space-between">
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
      <RowsInput
        rows={conditions}
        onChange={(changed) => onChange({ conditions: changed })}
        empty={{ key: '', operator: 'eq' as const, value: '' }}
        add="Add a condition"
        nameOf={(_, number) => `condition ${number}`}
      >
        {({ key, operator, value }, number, replace) => (
          <>
            <TextInput
              // With another default it is another field: what follows moves up when a condition is taken out.
              key={`name ${key}`}
              aria-label={`Name of condition ${number}`}
              placeholder="name"
              defaultValue={key}
              flex={1}
              miw={0}
              onBlur={({ currentTarget }) => replace({ key: currentTarget.value })}
            />
            <Select
              aria-label={`Comparison of condition ${number}`}
              data={operators}
              value={operator}
              onChange={(chosen) => chosen && replace({ operator: chosen as Operator })}
              allowDeselect={false}
              w={88}
            />
            <TextInput
              key={`value ${value}`}
              aria-label={`Value of condition ${number}`}
              placeholder="value"
              defaultValue={value}
              flex={1}
              miw={0}
              onBlur={({ currentTarget }) => replace({ value: currentTarget.value })}
            />
          </>
        )}
      </RowsInput>
    </Fieldset>
  )
}
