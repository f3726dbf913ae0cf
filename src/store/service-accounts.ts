import type { ServiceAccountRecord } from '../contract/service-accounts.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { addTombstone } from './tombstones.ts'

const list = 'service_accounts'

/** Does nothing where an account has the id. */
export const insertServiceAccount = (
  tx: Transaction,
  { id, project, name, role, created_at }: Omit<ServiceAccountRecord, 'seq'>,
): Promise<number> =>
  tx.run(
    `insert into service_accounts (id, project, name, role, created_at) values (?, ?, ?, ?, ?)
     on conflict (id) do nothing`,
    id,
    project,
    name,
    role,
    created_at,
  )

export const getServiceAccount = (
  db: Reader,
  project: string,
  id: string,
): Promise<ServiceAccountRecord | undefined> =>
  db.get<ServiceAccountRecord>('select * from service_accounts where id = ? and project = ?', id, project)

export const listServiceAccounts = (
  db: Reader,
  project: string,
  query: PageQuery,
): Promise<Page<ServiceAccountRecord>> => {
  const ofProject = { sql: 'project = ?', values: [project] }
  return readPage<ServiceAccountRecord>(db, list, ofProject, query, {
    ...ofProject,
    deletedFrom: { project, list },
  })
}

export async function serviceAccountsById(
  db: Reader,
  ids: string[],
): Promise<Map<string, ServiceAccountRecord>> {
  const { marks, values } = inList([...new Set(ids)])
  const found = await db.all<ServiceAccountRecord>(
    `select * from service_accounts where id in (${marks})`,
    ...values,
  )
  return new Map(found.map((account) => [account.id, account]))
}

export const updateServiceAccount = (
  tx: Transaction,
  { id, name, role }: ServiceAccountRecord,
): Promise<number> => tx.run('update service_accounts set name = ?, role = ? where id = ?', name, role, id)

export async function deleteServiceAccount(tx: Transaction, account: ServiceAccountRecord): Promise<void> {
  await tx.run('delete from service_accounts where id = ?', account.id)
  await addTombstone(tx, { project: account.project, list }, account)
}
