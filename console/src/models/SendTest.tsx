import { Alert, Button, Group, Text, TextInput, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import { sendTest } from '../api/send-test.ts'
import { count, duration } from '../parts/quantities.ts'
import classes from './SendTest.module.css'

/** Whether a model answers, how quickly, and what is wrong if it does not. */
export function SendTest({ model }: { model: string }) {
  const client = useClient()
  const [text, setText] = useState('Say hello, and who you are.')
  const [streamed, setStreamed] = useState('')
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: () => {
      setStreamed('')
      return sendTest(client, { model, text, onText: setStreamed })
    },
  })
  return (
    <section className={classes.test} aria-label="Test">
      <Title order={2} mb="sm">
        Send a test
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          mutate()
        }}
      >
        <Group gap="sm" wrap="nowrap">
          <TextInput
            aria-label="Message"
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            flex={1}
          />
          <Button type="submit" variant="filled" loading={isPending} disabled={text.trim() === ''}>
            Send a test
          </Button>
        </Group>
      </form>
      <Text fz="xs" c="dimmed" mt="xs">
        It runs on a thread of its own, which is deleted afterwards. What it uses is counted.
      </Text>
      {error && (
        <Alert color="red" role="alert" mt="md" title="It does not answer">
          {error.message}
        </Alert>
      )}
      {streamed !== '' && <p className={classes.answer}>{streamed}</p>}
      {data && (
        <Text fz="xs" c="dimmed" component="output">
          {data.firstToken === null ? 'No text' : `First token after ${duration(data.firstToken)}`}, done
          after {duration(data.total)}
          {data.tokens && ` · ${count(data.tokens.input)} tokens in, ${count(data.tokens.output)} out`}
        </Text>
      )}
    </section>
  )
}
