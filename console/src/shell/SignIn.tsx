import { Alert, Button, Checkbox, Code, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useMutation, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import OpenAI from 'openai'
import { useState } from 'react'
import { createClient } from '../api/client.ts'
import { isKey } from '../api/session.ts'
import { Brand } from './Brand.tsx'
import classes from './SignIn.module.css'

interface Props {
  /** True when a key was used that the server does not know. */
  refused: boolean
  onSignedIn: (key: string, how: { remember: boolean; isAdmin: boolean }) => void
}

const queries = new QueryClient()

/** Asks for the key of the server, and tries it before it is kept. */
export function SignIn(props: Props) {
  return (
    <QueryClientProvider client={queries}>
      <SignInForm {...props} />
    </QueryClientProvider>
  )
}

function SignInForm({ refused, onSignedIn }: Props) {
  const [key, setKey] = useState('')
  const [remember, setRemember] = useState(false)
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (given: string) => {
      if (!isKey(given)) throw new NoKey()
      return { isAdmin: await opensOrganization(createClient(given)) }
    },
    onSuccess: ({ isAdmin }, given) => onSignedIn(given, { remember, isAdmin }),
  })
  return (
    <main className={classes.page}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          mutate(key.trim())
        }}
      >
        <Stack gap="lg">
          <Brand />
          <Title order={1}>Sign in</Title>
          {refused && !error && (
            <Alert color="red" title="The server does not know this key">
              It may have been changed, or is that of another server. Take the one that it has now.
            </Alert>
          )}
          <PasswordInput
            label="Key of the server"
            description={
              <>
                The server shows it when it starts and keeps it in <Code>api-key</Code> in its data folder.{' '}
                <Code>threadmill open</Code> opens this page with it. The key of a project opens that project;
                an admin key opens projects, keys and the audit log.
              </>
            }
            size="sm"
            value={key}
            onChange={({ currentTarget }) => setKey(currentTarget.value)}
            error={error && inWords(error)}
            autoFocus
            required
            withAsterisk={false}
            autoComplete="current-password"
          />
          <Checkbox
            size="xs"
            label="Stay signed in in this browser"
            checked={remember}
            onChange={({ currentTarget }) => setRemember(currentTarget.checked)}
          />
          <Button type="submit" variant="filled" size="sm" loading={isPending} disabled={key.trim() === ''}>
            Sign in
          </Button>
          <Text fz="xs" c="dimmed">
            The key stays in this browser and is sent to this server alone.
          </Text>
        </Stack>
      </form>
    </main>
  )
}

/** Whether the key is an admin key. Rejects when it opens nothing. */
async function opensOrganization(client: OpenAI): Promise<boolean> {
  try {
    await client.models.list()
    return false
  } catch (error) {
    if (!(error instanceof OpenAI.PermissionDeniedError)) throw error
    await client.get('/organization/projects', { query: { limit: 1 } })
    return true
  }
}

class NoKey extends Error {}

function inWords(error: Error): string {
  if (error instanceof OpenAI.AuthenticationError || error instanceof NoKey)
    return 'This is not the key of this server.'
  if (error instanceof OpenAI.APIConnectionError) return 'The server cannot be reached.'
  return error.message
}
