import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import { givenInputQuery, type Response } from '../api/responses.ts'
import { CodeMenu } from '../parts/CodeMenu.tsx'
import { callOfResponse, type ResponseCall } from './call-of-response.ts'
import { curlProgramOfResponse } from './curl-program.ts'
import { nodeProgramOfResponse } from './node-program.ts'
import { pythonProgramOfResponse } from './python-program.ts'

/** The response as a program that makes it again, from where it went on. */
export function CopyResponse({ response }: { response: Response }) {
  const [opened, setOpened] = useState(false)
  const { data: given } = useQuery({ ...givenInputQuery(useClient(), response), enabled: opened })
  const written = (write: (call: ResponseCall) => string) => () =>
    given ? write(callOfResponse(response, given)) : ''
  return (
    <CodeMenu
      programs={{
        Python: written(pythonProgramOfResponse),
        Node: written(nodeProgramOfResponse),
        curl: written(curlProgramOfResponse),
      }}
      isReady={given !== undefined}
      onOpen={() => setOpened(true)}
    />
  )
}
