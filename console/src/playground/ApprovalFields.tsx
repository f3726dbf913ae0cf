import { Group, Radio, Text, TextInput } from '@mantine/core'
import type { McpApprovalRequestItem } from '../../../src/contract/responses/items.ts'
import { Arguments } from './Arguments.tsx'
import classes from './Playground.module.css'

export interface Verdict {
  approve: boolean
  reason?: string
}

interface Props {
  request: McpApprovalRequestItem
  verdict: Verdict | undefined
  onChange: (verdict: Verdict) => void
}

/** A call of an MCP server that waits: what it would do, and whether it may. */
export function ApprovalFields({ request, verdict, onChange }: Props) {
  const name = `${request.server_label} › ${request.name}`
  return (
    <fieldset className={classes.call} aria-label={name}>
      <Text fz="sm" fw={600} ff="monospace">
        {name}
      </Text>
      <Arguments name={name} given={request.arguments} parameters={undefined} />
      <Radio.Group
        aria-label={`Whether ${name} may be called`}
        value={verdict === undefined ? '' : verdict.approve ? 'approve' : 'deny'}
        onChange={(chosen) => onChange({ approve: chosen === 'approve' })}
      >
        <Group gap="lg">
          <Radio value="approve" label="Approve" />
          <Radio value="deny" label="Deny" />
        </Group>
      </Radio.Group>
      {verdict?.approve === false && (
        <TextInput
          mt="sm"
          label="Why, for the model"
          value={verdict.reason ?? ''}
          onChange={({ currentTarget }) => onChange({ approve: false, reason: currentTarget.value })}
        />
      )}
    </fieldset>
  )
}
