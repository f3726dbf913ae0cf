import { Code, Text, Title } from '@mantine/core'
import classes from './HowToConnect.module.css'

const ways: [what: string, how: string][] = [
  ['OpenAI', 'OPENAI_API_KEY=…'],
  ['Anthropic', 'ANTHROPIC_API_KEY=…'],
  ['Google', 'GOOGLE_GENERATIVE_AI_API_KEY=…'],
  ['Mistral', 'MISTRAL_API_KEY=…'],
  ['vLLM, llama.cpp, LM Studio and others', 'OPENAI_BASE_URL=http://127.0.0.1:8000/v1'],
  ['Ollama', 'ollama serve'],
]

/** For a server that has nothing but the demo: what to set, and what happens then. */
export function HowToConnect() {
  return (
    <section className={classes.how}>
      <Title order={2}>Only the demo answers here</Title>
      <Text fz="sm">
        <Code>demo</Code> is a small built-in planner and no language model: it is there to try everything
        without a key. To connect a model, set one of these where the server runs, and start it again. Names
        such as <Code>gpt-4-turbo</Code> in your assistants then lead to it.
      </Text>
      <dl>
        {ways.map(([what, how]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              <Code>{how}</Code>
            </dd>
          </div>
        ))}
      </dl>
      <Text fz="xs" c="dimmed">
        Several providers, aliases and prices are written into a config file: see docs/models.md.
      </Text>
    </section>
  )
}
