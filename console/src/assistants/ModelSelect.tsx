import { Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { modelsQuery } from '../api/models.ts'

interface Props {
  value: string
  onChange: (model: string) => void
  label?: string
  /** Where there is no place for a label. */
  ariaLabel?: string
  placeholder?: string
  error?: string | undefined
  /** Whether it may be empty. */
  clearable?: boolean
}

/** The models of the server. A name that it does not list is kept: it may be an alias. */
export function ModelSelect({
  value,
  onChange,
  label = 'Model',
  ariaLabel,
  placeholder,
  error,
  clearable = false,
}: Props) {
  const { data: models = [], isPending } = useQuery(modelsQuery(useClient()))
  const names = models.map(({ id }) => id)
  const data = value === '' || names.includes(value) ? names : [value, ...names]
  return (
    <Select
      label={label}
      {...(ariaLabel !== undefined && { 'aria-label': ariaLabel })}
      placeholder={placeholder ?? 'Choose a model'}
      data={data}
      value={value || null}
      onChange={(chosen) => onChange(chosen ?? '')}
      // Nobody can choose one before they are known.
      error={!isPending && error}
      searchable
      clearable={clearable}
      allowDeselect={false}
      nothingFoundMessage="No model has this name"
      limit={100}
      renderOption={({ option }) => {
        const model = models.find(({ id }) => id === option.value)
        return (
          <div>
            <Text fz="sm">{option.label}</Text>
            {model && (
              <Text fz="xs" c="dimmed">
                {about(model)}
              </Text>
            )}
          </div>
        )
      }}
    />
  )
}

/** Where it is from, and what it can do if the server says so. */
function about(model: { id: string; owned_by: string }): string {
  if (model.id === 'demo') return 'built in, no language model: to try everything without a key'
  return model.owned_by
}
