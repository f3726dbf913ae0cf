import { Alert, Button, Group, Text, Textarea } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { ExclamationTriangleIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import { searchQuery } from '../api/search.ts'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Fold } from '../parts/Fold.tsx'
import { count, duration } from '../parts/quantities.ts'
import classes from './SearchBench.module.css'
import { stemsOf } from './excerpt.ts'
import { readSearch, toRequest, writeSearch, type Search } from './search-address.ts'
import { SearchOptions } from './SearchOptions.tsx'
import { SearchResultItem } from './SearchResultItem.tsx'

/** A search as an assistant makes it, with the reasons for its order. All of it is in the address. */
export function SearchBench({ storeId }: { storeId: string }) {
  const [address, setAddress] = useSearchParams()
  const search = readSearch(address)
  const stems = useMemo(() => stemsOf(search.query), [search.query])
  const [typed, setTyped] = useState(search.query)
  const { data, error, isFetching, refetch } = useQuery(searchQuery(useClient(), storeId, toRequest(search)))
  const change = (by: Partial<Search>) => setAddress(writeSearch({ ...search, query: typed, ...by }))
  // Beside the results there is room for them, and above they would push the results out of sight.
  const isNarrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false })
  const options = <SearchOptions search={search} onChange={change} />
  return (
    <div className={classes.bench}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === search.query) void refetch()
          else change({})
        }}
      >
        <Textarea
          label="Query"
          placeholder="Ask as an assistant would: a question, or a few words"
          autosize
          minRows={2}
          maxRows={8}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return
            event.preventDefault()
            event.currentTarget.form?.requestSubmit()
          }}
        />
        <Group justify="flex-end" mt="sm" mb="lg">
          <Button type="submit" variant="filled" loading={isFetching} disabled={typed.trim() === ''}>
            Search
          </Button>
        </Group>
        {isNarrow ? <Fold summary="How results are chosen">{options}</Fold> : options}
      </form>
      <section aria-label="Results" aria-busy={isFetching}>
        {error && <Failure error={error} onRetry={() => void refetch()} />}
        {data?.warnings.map(({ code, message }) => (
          <Alert key={code} color="gray" icon={<ExclamationTriangleIcon />} mb="sm">
            {message}
          </Alert>
        ))}
        {!data && !error && !isFetching && (
          <EmptyState title="Try what a search finds">
            Each result shows its score and what it is made of: words, the name of the file, vectors. A click
            on it opens the page with the passage marked.
          </EmptyState>
        )}
        {data && (
          <Text fz="xs" c="dimmed" component="output">
            {data.results.length === 1 ? '1 passage' : `${count(data.results.length)} passages`} in{' '}
            {duration(data.seconds)}
          </Text>
        )}
        {data?.results.length === 0 && (
          <EmptyState title="Nothing was found">
            Other words, a lower threshold, or fewer conditions may find something.
          </EmptyState>
        )}
        <ol className={classes.results}>
          {data?.results.map((result) => (
            <SearchResultItem
              key={`${result.file_id}/${result.explain.chunk}`}
              storeId={storeId}
              stems={stems}
              result={result}
            />
          ))}
        </ol>
      </section>
    </div>
  )
}
