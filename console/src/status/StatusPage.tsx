import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { healthQuery } from '../api/health.ts'
import { Failure } from '../parts/Failure.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { Page } from '../parts/Page.tsx'

/** What the server says about itself. */
export function StatusPage() {
  const { data, error, refetch } = useQuery(healthQuery(useClient()))
  return (
    <Page title="Health">
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data && <JsonView value={data} />}
    </Page>
  )
}
