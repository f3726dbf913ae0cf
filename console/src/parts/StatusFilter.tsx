import { ChoiceFilter } from './ChoiceFilter.tsx'

const choices = [
  { value: 'queued,in_progress,cancelling', label: 'Running' },
  { value: 'requires_action', label: 'Waiting for you' },
  { value: 'completed', label: 'Done' },
  { value: 'failed,expired,incomplete', label: 'With errors' },
  { value: 'failed', label: 'Failed' },
  { value: 'incomplete', label: 'Incomplete' },
  { value: 'expired', label: 'Expired' },
  { value: 'cancelled', label: 'Cancelled' },
]

/** States of runs, as they are asked of the API. */
export const StatusFilter = () => <ChoiceFilter filter="status" label="Any state" data={choices} w={140} />
