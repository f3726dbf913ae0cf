import { Anchor } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import OpenAI from 'openai'
import { Link, useLocation } from 'wouter'
import type { NewServiceAccountKey, ServiceAccount } from '../../../src/contract/service-accounts.ts'
import { useClient } from '../api/client.ts'
import { projectPath, projectQuery } from '../api/projects.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { NotFound } from '../parts/NotFound.tsx'
import { Page } from '../parts/Page.tsx'
import { Keys } from './Keys.tsx'

/** A project and its keys. Each new key belongs to a program of its own, as the original has it. */
export function ProjectPage({ id }: { id: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const path = projectPath(id)
  const { data: project, error } = useQuery(projectQuery(client, id))
  if (error instanceof OpenAI.NotFoundError) return <NotFound what="project" />
  const isActive = project?.status === 'active'
  return (
    <Page
      title={project?.name ?? '…'}
      trail={
        <Anchor component={Link} to="/" inherit>
          Projects
        </Anchor>
      }
      about={
        <>
          <Identifier id={id} />
          {project && !isActive && ' archived'}
        </>
      }
      actions={
        isActive &&
        id !== 'default' && (
          <DeleteButton
            says="Archive the project"
            onDelete={async () => {
              await client.post(`${path}/archive`)
              navigate('/')
              await queries.invalidateQueries({ queryKey: ['/organization/projects'] })
            }}
          >
            All keys of <b>{project.name}</b> are refused by every server within a second. What is in the
            project stays, and runs that have begun come to their end. It cannot be made active again.
          </DeleteButton>
        )
      }
    >
      {error && <Failure error={error} />}
      {project && (
        <Keys
          path={`${path}/api_keys`}
          about="A key opens this project and nothing else. It belongs to a program, which has its name."
          {...(isActive && {
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
      )}
    </Page>
  )
}
