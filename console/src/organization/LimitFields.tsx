import { SimpleGrid } from '@mantine/core'
import type { LimitName, Limits } from '../api/limits.ts'
import { AmountInput } from './AmountInput.tsx'

interface Field {
  label: string
  about?: string
  /** In which it is shown and written: bytes in megabytes. */
  unit?: { name: string; size: number }
}

const megabytes = { name: ' MB', size: 1_000_000 }

const fields: Record<LimitName, Field> = {
  max_requests_per_1_minute: {
    label: 'Requests a minute',
    about: 'Everything that is asked, reading included',
  },
  max_tokens_per_1_minute: { label: 'Tokens a minute', about: 'Of all models together' },
  max_concurrent_runs: { label: 'Runs at the same time', about: 'Others wait as queued' },
  max_file_bytes: { label: 'Files', about: 'In megabytes', unit: megabytes },
  max_vector_store_bytes: { label: 'Vector stores', about: 'In megabytes', unit: megabytes },
  max_code_interpreter_sessions: {
    label: 'Python sessions',
    about: 'Another one ends the one that is idle for longest',
  },
}

interface Props {
  limits: Limits
  onChange: (by: Limits) => void
  disabled?: boolean
}

/** The limits of a project or a key. An empty field is no limit. */
export const LimitFields = ({ limits, onChange, disabled = false }: Props) => (
  <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" maw={640}>
    {(Object.keys(limits) as LimitName[]).map((name) => {
      const { label, about, unit } = fields[name]
      return (
        <AmountInput
          key={name}
          label={label}
          description={about}
          placeholder="No limit"
          suffix={unit?.name ?? ''}
          scale={unit?.size ?? 1}
          disabled={disabled}
          value={limits[name] ?? null}
          onChange={(value) => onChange({ [name]: value })}
        />
      )
    })}
  </SimpleGrid>
)
