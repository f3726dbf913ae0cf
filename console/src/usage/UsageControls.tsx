import { Group, SegmentedControl, Select, TextInput } from '@mantine/core'
import { ranges, type UsageView } from './usage-address.ts'

interface Props {
  view: UsageView
  /** In Unix seconds. */
  now: number
  onChange: (to: Partial<UsageView>) => void
}

/** The range of time, and what is shown of it. */
export function UsageControls({ view, now, onChange }: Props) {
  const today = new Date(now * 1_000).toISOString().slice(0, 10)
  const days = view.range === 'days' ? view : { from: today, to: today }
  return (
    <Group gap="sm" mb="lg">
      <Select
        aria-label="Range"
        data={[
          ...ranges.map(({ value, label }) => ({ value, label: `Last ${label}` })),
          { value: 'days', label: 'From day to day' },
        ]}
        value={view.range}
        onChange={(range) =>
          range && onChange({ range: range as UsageView['range'], from: days.from, to: days.to })
        }
        allowDeselect={false}
        w={150}
      />
      {view.range === 'days' && (
        <>
          <TextInput
            type="date"
            aria-label="First day"
            max={view.to}
            value={view.from}
            onChange={({ currentTarget }) => onChange({ from: currentTarget.value })}
          />
          <TextInput
            type="date"
            aria-label="Last day"
            min={view.from}
            value={view.to}
            onChange={({ currentTarget }) => onChange({ to: currentTarget.value })}
          />
        </>
      )}
      <SegmentedControl
        size="xs"
        aria-label="What the chart shows"
        data={[
          { value: 'tokens', label: 'Tokens' },
          { value: 'requests', label: 'Answers' },
          { value: 'cost', label: 'Cost' },
        ]}
        value={view.show}
        onChange={(show) => onChange({ show })}
      />
      <SegmentedControl
        size="xs"
        aria-label="Grouped by"
        data={[
          { value: 'model', label: 'By model' },
          { value: 'assistant', label: 'By assistant' },
          { value: 'project', label: 'By project' },
        ]}
        value={view.by}
        onChange={(by) => onChange({ by })}
      />
    </Group>
  )
}
