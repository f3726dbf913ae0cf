import { Fieldset, Input, TextInput } from '@mantine/core'
import { RowsInput } from './RowsInput.tsx'

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
  return (
    <Fieldset variant="unstyled" mx={0} aria-label={label}>
      <Input.Label component="div">{label}</Input.Label>
      {description && <Input.Description>{description}</Input.Description>}
      <RowsInput
        rows={pairs}
        onChange={onChange}
        empty={{ key: '', value: '' }}
        add="Add a pair"
        most={16}
        nameOf={({ key }, number) => key || `pair ${number}`}
      >
        {({ key, value }, number, replace) => (
          <>
            <TextInput
              aria-label={`${label}: name ${number}`}
              placeholder="name"
              value={key}
              maxLength={64}
              flex={1}
              onChange={({ currentTarget }) => replace({ key: currentTarget.value })}
            />
            <TextInput
              aria-label={`${label}: value ${number}`}
              placeholder="value"
              value={value}
              maxLength={512}
              flex={2}
              onChange={({ currentTarget }) => replace({ value: currentTarget.value })}
            />
          </>
        )}
      </RowsInput>
    </Fieldset>
  )
}
