import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import OpenAI from 'openai'
import { useMemo, useState } from 'react'
import { ClientContext, createClient } from './api/client.ts'
import { forgetKey, keepKey, readKey } from './api/session.ts'
import { Shell } from './shell/Shell.tsx'
import { SignIn } from './shell/SignIn.tsx'

/** The rooms for those who have signed in, and the door for the others. */
export function App() {
  const [key, setKey] = useState(readKey)
  const [refused, setRefused] = useState(false)

  const parts = useMemo(() => {
    if (key === null) return undefined
    const leave = (because: { refused: boolean }) => {
      forgetKey()
      setKey(null)
      setRefused(because.refused)
    }
    return { client: createClient(key), queries: createQueries(leave), leave }
  }, [key])

  if (!parts)
    return (
      <SignIn
        refused={refused}
        onSignedIn={(given, how) => {
          keepKey(given, how)
          setKey(given)
        }}
      />
    )
  return (
    <ClientContext value={parts.client}>
      <QueryClientProvider client={parts.queries}>
        <Shell onSignOut={() => parts.leave({ refused: false })} />
      </QueryClientProvider>
    </ClientContext>
  )
}

/** A key that the server refuses any more leads back to the door. */
function createQueries(leave: (because: { refused: boolean }) => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error) {
        if (error instanceof OpenAI.AuthenticationError) leave({ refused: true })
      },
    }),
    // The client has tried again already.
    // What the browser believes of the network says nothing of a server on the same machine.
    defaultOptions: {
      queries: { retry: false, staleTime: 2_000, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
}
