import { Anchor, Button, Tabs } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Pencil1Icon } from '@radix-ui/react-icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import OpenAI from 'openai'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { projectPath, projectQuery, type Project } from '../api/projects.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { NotFound } from '../parts/NotFound.tsx'
import { Page } from '../parts/Page.tsx'
import { useFilter } from '../parts/use-filter.ts'
import { Budgets } from './Budgets.tsx'
import { NameForm } from './NameForm.tsx'
import { ProjectKeys } from './ProjectKeys.tsx'
import { ProjectLimits } from './ProjectLimits.tsx'

/** A project: its keys, and how much it may use. What is archived stays as it is. */
export function ProjectPage({ id }: { id: string }) {
  const [tab, setTab] = useFilter('tab')
  const { data: project, error } = useQuery(projectQuery(useClient(), id))
  if (error instanceof OpenAI.NotFoundError) return <NotFound what="project" />
  const isActive = project?.status === 'active'
  const path = projectPath(id)
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
      actions={isActive && <ProjectActions project={project} />}
    >
      {error && <Failure error={error} />}
      {project && (
        <Tabs value={tab ?? 'keys'} onChange={(next) => setTab(next === 'keys' ? null : next)}>
          <Tabs.List mb="md">
            <Tabs.Tab value="keys">Keys</Tabs.Tab>
            <Tabs.Tab value="limits">Limits</Tabs.Tab>
            <Tabs.Tab value="budgets">Budgets</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="keys">
            <ProjectKeys path={path} mayChange={isActive} />
          </Tabs.Panel>
          <Tabs.Panel value="limits">
            <ProjectLimits path={path} mayChange={isActive} />
          </Tabs.Panel>
          <Tabs.Panel value="budgets">
            <Budgets owner={path} mayChange={isActive} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Page>
  )
}

function ProjectActions({ project: { id, name } }: { project: Project }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const [isNaming, { open, close }] = useDisclosure()
  const path = projectPath(id)
  return (
    <>
      <Button leftSection={<Pencil1Icon />} onClick={open}>
        Rename
      </Button>
      <NameForm
        opened={isNaming}
        onClose={close}
        title="Rename the project"
        about="Its keys and everything in it stay as they are."
        present={name}
        submit="Rename"
        onSubmit={(given) => client.post(path, { body: { name: given.name } })}
      />
      {id !== 'default' && (
        <DeleteButton
          says="Archive the project"
          onDelete={async () => {
            await client.post(`${path}/archive`)
            navigate('/')
            await queries.invalidateQueries({ queryKey: ['/organization/projects'] })
          }}
        >
          All keys of <b>{name}</b> are refused by every server within a second. What is in the project stays,
          and runs that have begun come to their end. It cannot be made active again.
        </DeleteButton>
      )}
    </>
  )
}
