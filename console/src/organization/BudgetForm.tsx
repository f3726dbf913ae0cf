import { Button, Modal, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { changeBudget, createBudget, isOrganization, type AnyBudget, type NewBudget } from '../api/budgets.ts'
import { useClient } from '../api/client.ts'
import { AmountInput } from './AmountInput.tsx'
import { scopes } from './budget-in-words.ts'
import { DialogForm } from './DialogForm.tsx'

interface MakeProps {
  /** The path of a project, or of the whole organization. */
  owner: string
  opened: boolean
  onClose: () => void
}

/** Asks what may be used of what, and what happens then. */
export const MakeBudget = ({ opened, onClose, owner }: MakeProps) => (
  <Modal opened={opened} onClose={onClose} title="New budget">
    <NewFields owner={owner} onClose={onClose} />
  </Modal>
)

function NewFields({ owner, onClose }: { owner: string; onClose: () => void }) {
  const client = useClient()
  const isOfAll = isOrganization(owner)
  const [scope, setScope] = useState<NewBudget['scope']>('project')
  const [unit, setUnit] = useState(isOfAll ? 'money' : 'tokens')
  const [currency, setCurrency] = useState('USD')
  const [threshold, setThreshold] = useState<number | null>(null)
  const [action, setAction] = useState<NewBudget['action']>('stop')
  const given = unit === 'money' ? currency.trim().toUpperCase() : null
  return (
    <DialogForm
      submit="Make the budget"
      isValid={threshold !== null && given !== ''}
      onClose={onClose}
      onSubmit={() => createBudget(client, owner, { scope, action, threshold: threshold!, currency: given })}
    >
      {!isOfAll && (
        <>
          <Select
            label="For"
            data={Object.entries(scopes).map(([value, label]) => ({ value, label }))}
            allowDeselect={false}
            value={scope}
            onChange={(value) => setScope(value as NewBudget['scope'])}
            data-autofocus
          />
          <SegmentedControl
            aria-label="In"
            data={[
              { value: 'tokens', label: 'Tokens' },
              { value: 'money', label: 'Money' },
            ]}
            value={unit}
            onChange={setUnit}
          />
        </>
      )}
      {given !== null && scope === 'project' && (
        <TextInput
          label="Currency"
          description="That of the prices in the config file."
          maxLength={3}
          value={currency}
          onChange={({ currentTarget }) => setCurrency(currentTarget.value)}
        />
      )}
      <Threshold isMoney={given !== null} value={threshold} onChange={setThreshold} />
      <Select
        label="Then"
        data={[
          { value: 'stop', label: 'nothing more begins' },
          { value: 'alert', label: 'an alert is sent' },
        ]}
        allowDeselect={false}
        value={action}
        onChange={(value) => setAction(value as NewBudget['action'])}
      />
    </DialogForm>
  )
}

/** Another threshold for a budget that is there. */
export function ChangeBudget({ owner, budget }: { owner: string; budget: AnyBudget }) {
  const [opened, { open, close }] = useDisclosure()
  return (
    <>
      <Button onClick={open}>Change</Button>
      <Modal opened={opened} onClose={close} title={`Budget for ${scopes[budget.scope]}`}>
        <ChangeFields owner={owner} budget={budget} onClose={close} />
      </Modal>
    </>
  )
}

function ChangeFields({ owner, budget, onClose }: { owner: string; budget: AnyBudget; onClose: () => void }) {
  const client = useClient()
  const [threshold, setThreshold] = useState<number | null>(budget.threshold)
  return (
    <DialogForm
      submit="Change the budget"
      isValid={threshold !== null}
      onClose={onClose}
      onSubmit={() => changeBudget(client, owner, budget, threshold!)}
    >
      <Threshold isMoney={budget.currency !== null} value={threshold} onChange={setThreshold} />
    </DialogForm>
  )
}

interface ThresholdProps {
  isMoney: boolean
  /** In tokens, or in cents. */
  value: number | null
  onChange: (value: number | null) => void
}

const Threshold = ({ isMoney, ...props }: ThresholdProps) => (
  <AmountInput
    label={isMoney ? 'Amount' : 'Tokens, read and written together'}
    scale={isMoney ? 100 : 1}
    {...props}
  />
)
