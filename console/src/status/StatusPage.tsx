import { Button, Text, Title } from '@mantine/core'
import { UpdateIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { healthQuery, type HealthReport } from '../api/health.ts'
import { Facts } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { Page } from '../parts/Page.tsx'
import { Time } from '../parts/Time.tsx'
import { FindingLine } from './FindingLine.tsx'
import { judgeHealth, type Finding } from './judge-health.ts'
import { RecentProblems } from './RecentProblems.tsx'
import { Servers } from './Servers.tsx'
import classes from './StatusPage.module.css'

/** What the server says about itself: what works, what does not, and what to do about it. */
export function StatusPage() {
  const { data, error, refetch, isFetching } = useQuery(healthQuery(useClient()))
  return (
    <Page
      title="Health"
      actions={
        <Button leftSection={<UpdateIcon />} loading={isFetching} onClick={() => void refetch()}>
          Look again
        </Button>
      }
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data && <Report health={data} />}
    </Page>
  )
}

function Report({ health }: { health: HealthReport }) {
  const findings = judgeHealth(health)
  const servers = health.database?.servers ?? []
  return (
    <>
      <Text fz="md" fw={600} mb="md" component="output" display="block">
        {summary(findings)}
      </Text>
      <Facts
        facts={{
          Version: health.version,
          Node: health.node,
          Files: filesInWords(health.file_storage),
          'Running since': health.started_at === undefined ? undefined : <Time at={health.started_at} />,
        }}
      />
      <ul className={classes.findings}>
        {findings.map((finding) => (
          <FindingLine key={finding.what} finding={finding} />
        ))}
      </ul>
      {(servers.length > 1 || health.database?.kind === 'postgres') && <Servers servers={servers} />}
      <RecentProblems problems={health.problems ?? []} />
      <details className={classes.raw}>
        <summary>
          <Title order={2} component="span" display="inline">
            The whole answer
          </Title>
        </summary>
        <JsonView value={health} />
      </details>
      <Text fz="xs" c="dimmed" mt="md">
        Where the server runs, <code>threadmill doctor</code> checks the same and more, also when no server
        runs.
      </Text>
    </>
  )
}

function filesInWords(storage: HealthReport['file_storage']): string | undefined {
  return storage && (storage.place ?? 'in the data folder')
}

function summary(findings: Finding[]): string {
  const failing = findings.filter(({ verdict }) => verdict === 'fail').map(({ what }) => what)
  if (failing.length > 0) return `Not everything works: ${failing.join(', ')}`
  const noted = findings.filter(({ verdict }) => verdict === 'note').length
  if (noted === 0) return 'Everything works'
  return `Everything works; ${noted === 1 ? 'one thing' : `${noted} things`} could be better`
}
