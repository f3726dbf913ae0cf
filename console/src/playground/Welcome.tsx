import { Alert, Code, Text, Title, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { modelsQuery } from '../api/models.ts'
import { putRun } from '../api/runs.ts'
import { Failure } from '../parts/Failure.tsx'
import { Working } from '../parts/Working.tsx'
import { examples, startExample } from './examples.ts'
import classes from './Playground.module.css'

/** In the place of a conversation that has not begun. */
export function Welcome({ hasAssistant }: { hasAssistant: boolean }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const { data: models } = useQuery(modelsQuery(client))
  const start = useMutation({
    mutationFn: (id: string) =>
      startExample(
        client,
        examples.find((one) => one.id === id)!,
      ),
    onSuccess(run) {
      putRun(queries, run)
      void queries.invalidateQueries({ queryKey: ['assistants', 'list'] })
      navigate(`/${run.thread_id}?assistant=${run.assistant_id}`)
    },
  })
  return (
    <div className={classes.welcome}>
      <Title order={2} fz="h1">
        {hasAssistant ? 'Write the first message' : 'Try an assistant'}
      </Title>
      <Text c="dimmed" mt="xs">
        {hasAssistant
          ? 'It begins a new thread. Or watch one of these work:'
          : 'Choose one above, make a new one, or watch one of these work:'}
      </Text>
      <div className={classes.examples}>
        {examples.map(({ id, title, about, message }) => (
          <UnstyledButton
            key={id}
            className={classes.example}
            onClick={() => start.mutate(id)}
            disabled={start.isPending}
          >
            <Text fz="md" fw={600}>
              {title} {start.isPending && start.variables === id && <Working says="Starting" />}
            </Text>
            <Text fz="sm" c="dimmed">
              {about}
            </Text>
            <Text fz="sm" mt="xs">
              “{message.replaceAll('`', '')}”
            </Text>
          </UnstyledButton>
        ))}
      </div>
      {start.error && <Failure error={start.error} />}
      {models && models.every(({ id }) => id === 'demo') && <ConnectModel />}
    </div>
  )
}

const ConnectModel = () => (
  <Alert variant="light" color="gray" title="Only the built-in demo model is connected">
    <Text fz="sm">
      It is a small planner and no language model: it shows how everything works, without a key. For a real
      one set <Code>OPENAI_API_KEY</Code>, <Code>ANTHROPIC_API_KEY</Code>,{' '}
      <Code>GOOGLE_GENERATIVE_AI_API_KEY</Code>, <Code>MISTRAL_API_KEY</Code> or <Code>OPENAI_BASE_URL</Code>{' '}
      (vLLM, llama.cpp, LM Studio, …), or start Ollama, and restart Threadmill.
    </Text>
  </Alert>
)
