import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import type { Run } from '../api/runs.ts'
import { askedMessageQuery } from '../api/thread.ts'
import { CodeMenu } from '../parts/CodeMenu.tsx'
import { callOfRun } from './call-of-run.ts'
import { curlProgram } from './curl-program.ts'
import { nodeProgram } from './node-program.ts'
import { pythonProgram } from './python-program.ts'

/** The run as a program that asks the same again, in a thread of its own. */
export function CopyAsCode({ run }: { run: Run }) {
  const [opened, setOpened] = useState(false)
  const { data: asked, isFetched } = useQuery({ ...askedMessageQuery(useClient(), run), enabled: opened })
  const call = () => callOfRun(run, asked ?? undefined)
  return (
    <CodeMenu
      programs={{
        Python: () => pythonProgram(call()),
        Node: () => nodeProgram(call()),
        curl: () => curlProgram(call()),
      }}
      isReady={isFetched}
      onOpen={() => setOpened(true)}
    />
  )
}
