import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import OpenAI from 'openai'
import { useEffect, useMemo, useState } from 'react'
import { ClientContext, createClient } from './api/client.ts'
import {
  forgetRefused,
  hadImpossibleKey,
  isAdminKey,
  keepKey,
  onOtherTab,
  readKey,
  signOut,
} from './api/session.ts'
import { lazily } from './parts/lazily.tsx'
import { mayLoseChanges } from './parts/unsaved-changes.ts'
import { Shell } from './shell/Shell.tsx'

const SignIn = lazily(async () => (await import('./shell/SignIn.tsx')).SignIn)

/** The rooms for those who have signed in, and the door for the others. */
export function App() {
  const [key, setKey] = useState(readKey)
  const [refused, setRefused] = useState(hadImpossibleKey)

  useEffect(() => onOtherTab(() => setKey(readKey())), [])

  const parts = useMemo(() => {
    if (key === null) return undefined
    const onRefused = () => {
      forgetRefused(key)
      setKey(readKey())
      setRefused(true)
    }
    return { client: createClient(key), queries: createQueries(onRefused) }
  }, [key])

  if (!parts)
    return (
      <SignIn
        refused={refused}
        onSignedIn={(given, how) => {
          keepKey(given, how)
          setKey(given)
          setRefused(false)
        }}
      />
    )
  return (
    <ClientContext value={parts.client}>
      <QueryClientProvider client={parts.queries}>
        <Shell
          isAdmin={key !== null && isAdminKey(key)}
          onSignOut={() => {
            if (!mayLoseChanges()) return
            if (key !== null) signOut(key)
            setKey(null)
          }}
        />
      </QueryClientProvider>
    </ClientContext>
  )
}

/** A key that the server refuses any more leads back to the door. */
function createQueries(onRefused: () => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof OpenAI.AuthenticationError) onRefused()
    // Whether the connection is lost is found out now, and not at the next look.
    if (error instanceof OpenAI.APIConnectionError)
      void queries.invalidateQueries({ queryKey: ['health'] }, { cancelRefetch: false })
  }
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    // The client has tried again already.
    // What the browser believes of the network says nothing of a server on the same machine.
    defaultOptions: {
      queries: { retry: false, staleTime: 2_000, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
  return queries
}
