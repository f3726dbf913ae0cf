import { Alert, Anchor, Button, Text, TextInput } from '@mantine/core'
import { ExclamationTriangleIcon, MagnifyingGlassIcon, UpdateIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'wouter'
import type { Model } from '../../../src/contract/models.ts'
import { useClient } from '../api/client.ts'
import { healthQuery } from '../api/health.ts'
import { modelsQuery } from '../api/models.ts'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Page } from '../parts/Page.tsx'
import { Abilities, ContextWindow } from './Abilities.tsx'
import { HowToConnect } from './HowToConnect.tsx'
import { priceInWords } from '../parts/price-in-words.ts'

const columns: Column<Model>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 300,
    grows: true,
    cell: ({ id }) => (
      <Anchor component={Link} to={`/${id}`} inherit c="inherit" title={id}>
        {id}
      </Anchor>
    ),
  },
  {
    id: 'from',
    title: 'From',
    width: 150,
    from: 'sm',
    cell: ({ served_by, owned_by }) => <span title={owned_by}>{served_by?.provider ?? owned_by}</span>,
  },
  {
    id: 'can',
    title: 'Can do',
    width: 270,
    from: 'sm',
    cell: ({ served_by }) => served_by && <Abilities model={served_by} />,
  },
  {
    id: 'window',
    title: 'Context window',
    width: 120,
    align: 'right',
    from: 'md',
    cell: ({ served_by }) => served_by && <ContextWindow model={served_by} />,
  },
  {
    id: 'input',
    title: 'Input / 1M tokens',
    width: 140,
    align: 'right',
    from: 'sm',
    cell: ({ price }) => price && priceInWords(price.input, price.currency),
  },
  {
    id: 'output',
    title: 'Output / 1M tokens',
    width: 140,
    align: 'right',
    from: 'sm',
    cell: ({ price }) => price && priceInWords(price.output, price.currency),
  },
]

/** What was found, from where, and what is wrong with what was not found. */
export function ModelsPage() {
  const client = useClient()
  const [filters, setFilters] = useSearchParams()
  const query = filters.get('query') ?? ''
  const { data: models, error, refetch, isFetching } = useQuery(modelsQuery(client))
  const { data: health } = useQuery(healthQuery(client))
  const problems = health?.model_problems ?? []
  const shown = models?.filter(({ id, owned_by }) =>
    `${id} ${owned_by}`.toLowerCase().includes(query.trim().toLowerCase()),
  )
  const isDemo = models?.length === 1 && models[0]?.id === 'demo'
  return (
    <Page
      title="Models"
      actions={
        <Button leftSection={<UpdateIcon />} loading={isFetching} onClick={() => void refetch()}>
          Look again
        </Button>
      }
    >
      {problems.map((text) => (
        <Alert
          key={text}
          color="gray"
          icon={<ExclamationTriangleIcon />}
          role="alert"
          mb="sm"
          title="A provider gives no models"
        >
          {text}
        </Alert>
      ))}
      {isDemo && <HowToConnect />}
      {models && models.length > 5 && (
        <TextInput
          aria-label="Find models"
          placeholder="Name or provider"
          leftSection={<MagnifyingGlassIcon />}
          value={query}
          onChange={({ currentTarget }) =>
            setFilters(currentTarget.value === '' ? {} : { query: currentTarget.value }, { replace: true })
          }
          w={220}
          mb="md"
        />
      )}
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {shown?.length === 0 && (
        <EmptyState title={query === '' ? 'No model answers' : 'No model is like this'}>
          {query === '' ? 'See above what is wrong with its provider.' : 'Another name may find it.'}
        </EmptyState>
      )}
      {!error && shown?.length !== 0 && (
        <DataTable name="Models" columns={columns} rows={shown} rowId={({ id }) => id} />
      )}
      {health?.models && !isDemo && (
        <Text component="ul" fz="xs" c="dimmed" mt="lg" pl="md" style={{ overflowWrap: 'anywhere' }}>
          {health.models.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </Text>
      )}
    </Page>
  )
}
