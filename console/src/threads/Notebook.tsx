import { Anchor, Stack } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { EmptyState } from '../parts/EmptyState.tsx'
import { nextPageOf, PagesRead } from '../parts/PagesRead.tsx'
import { Time } from '../parts/Time.tsx'
import { VirtualList } from '../parts/VirtualList.tsx'
import { Working } from '../parts/Working.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { PythonCell } from '../parts/calls/PythonCell.tsx'
import { pythonProblem } from '../parts/calls/python-problem.ts'
import { notebookQuery } from './notebook-query.ts'
import classes from './Notebook.module.css'
import { PythonSessionBar } from './PythonSessionBar.tsx'

/** Every program that was run in the thread, in order, with what came of it. */
export function Notebook({ threadId }: { threadId: string }) {
  const list = useInfiniteQuery(notebookQuery(useClient(), threadId))
  const cells = useMemo(() => list.data?.pages.flatMap((page) => page.cells) ?? [], [list.data])
  if (!list.data && !list.error) return <Working says="Loading" />
  return (
    <PagesRead list={list}>
      {cells.length === 0 && !list.hasNextPage ? (
        <EmptyState title="No Python was run here">
          An assistant with the code interpreter writes programs and runs them in a session that lasts as long
          as the thread is used. Each of them is shown here, with its pictures and files.
        </EmptyState>
      ) : (
        <Stack gap="sm">
          <PythonSessionBar threadId={threadId} />
          <VirtualList
            name="Cells"
            items={cells}
            itemId={({ call }) => call.id}
            estimate={() => 140}
            gap={16}
            {...nextPageOf(list)}
          >
            {({ call, step }, index) => {
              const problem = pythonProblem(call)
              return (
                <div className={classes.cell}>
                  <div className={classes.number}>
                    [{index + 1}]
                    <Anchor component={Link} to={`~/runs/${step.run_id}?step=${call.id}`} fz="xs" fw={400}>
                      <Time at={step.created_at} />
                    </Anchor>
                  </div>
                  <div className={classes.program}>
                    {problem && <StateLabel status="failed" words={problem} />}
                    <PythonCell call={call} />
                  </div>
                </div>
              )
            }}
          </VirtualList>
        </Stack>
      )}
    </PagesRead>
  )
}
