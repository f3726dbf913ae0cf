import { useClient } from '../api/client.ts'
import { Page } from '../parts/Page.tsx'
import { Keys } from './Keys.tsx'

const path = '/organization/admin_api_keys'

/** The keys that open what is about the whole server. */
export function AdminKeysPage() {
  const client = useClient()
  return (
    <Page title="Admin keys">
      <Keys
        path={path}
        about="An admin key opens projects, keys and the audit log, and the usage of all projects."
        onCreate={async (given) => (await client.post<{ value: string }>(path, { body: given })).value}
      />
    </Page>
  )
}
