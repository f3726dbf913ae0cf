import type { NewServiceAccountKey, ServiceAccount } from '../../../src/contract/service-accounts.ts'
import { useClient } from '../api/client.ts'
import { Keys } from './Keys.tsx'

interface Props {
  /** Of the project. */
  path: string
  mayChange: boolean
}

/** Each new key belongs to a program of its own, as the original has it. */
export function ProjectKeys({ path, mayChange }: Props) {
  const client = useClient()
  return (
    <Keys
      path={`${path}/api_keys`}
      about="A key opens this project and nothing else. It belongs to a program, which has its name."
      {...(mayChange && {
        mayChange,
        onCreate: async (given) => {
          const accounts = `${path}/service_accounts`
          const { id: account } = await client.post<ServiceAccount>(accounts, {
            body: { name: given.name, create_service_account_only: true },
          })
          const made = await client.post<NewServiceAccountKey>(`${accounts}/${account}/api_keys`, {
            body: given,
          })
          return made.value
        },
      })}
    />
  )
}
