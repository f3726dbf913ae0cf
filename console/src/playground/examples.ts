import type OpenAI from 'openai'
import { toFile } from 'openai'
import type { Assistant } from '../../../src/contract/assistants.ts'
import type { Run } from '../../../src/contract/runs.ts'
import type { AssistantFields } from '../assistants/draft.ts'
import { startRun } from './start-run.ts'

export interface Example {
  id: string
  title: string
  about: string
  assistant: Omit<AssistantFields, 'model'>
  message: string
  /** Put into a vector store that the assistant searches. */
  file?: { name: string; text: string }
}

export const examples: Example[] = [
  {
    id: 'math-tutor',
    title: 'A math tutor',
    about: 'Solves with Python, and shows each line that it ran.',
    assistant: {
      name: 'Math tutor',
      instructions: 'You are a personal math tutor. Write and run code to answer math questions.',
      tools: [{ type: 'code_interpreter' }],
    },
    message: 'I need to solve the equation `3x + 11 = 14`. Can you help me?',
  },
  {
    id: 'house-rules',
    title: 'Questions about a file',
    about: 'Searches a document, and cites the passage that it answers from.',
    assistant: {
      name: 'House rules',
      instructions: 'Answer questions about the rules of the house from the files. Cite what you found.',
      tools: [{ type: 'file_search' }],
    },
    message: 'When are quiet hours on Sundays?',
    file: {
      name: 'house-rules.md',
      text: `# Rules of the house

## Quiet hours
Quiet hours are from 10 pm to 7 am. On Sundays and public holidays quiet hours last all day, and music may not be heard outside of a flat.

## Laundry
The laundry room is open from 8 am to 8 pm. Machines are reserved in the list at the door, two hours at a time.

## Bicycles
Bicycles stand in the cellar. A bicycle without a name tag is given away each April.
`,
    },
  },
  {
    id: 'weather',
    title: 'Functions of yours',
    about: 'Calls two functions at once. You answer in the place of your program.',
    assistant: {
      name: 'Weather',
      instructions: 'Tell the weather with the function. Ask for all cities at once.',
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'The weather in a city now',
            parameters: {
              type: 'object',
              properties: { city: { type: 'string', description: 'Name of the city' } },
              required: ['city'],
            },
          },
        },
      ],
    },
    message: 'What is the weather in Paris and in Tokyo?',
  },
]

/** Makes the assistant of an example, unless it is there already, and asks its question in a new thread. */
export async function startExample(client: OpenAI, example: Example): Promise<Run> {
  const assistant = (await madeBefore(client, example)) ?? (await make(client, example))
  return startRun(client, {
    threadId: undefined,
    assistantId: assistant.id,
    message: { role: 'user', content: example.message },
    overrides: {},
  })
}

async function madeBefore(client: OpenAI, { id }: Example): Promise<Pick<Assistant, 'id'> | undefined> {
  const { data } = await client.beta.assistants.list({ limit: 100 })
  return data.find(({ metadata }) => metadata?.['example'] === id)
}

async function make(client: OpenAI, { id, assistant, file }: Example): Promise<Pick<Assistant, 'id'>> {
  const { data: models } = await client.models.list()
  const model = models.find((one) => one.id === 'demo') ?? models[0]
  if (!model) throw new Error('The server has no model. Connect one first.')
  const uploaded =
    file &&
    (await client.files.create({
      file: await toFile(new Blob([file.text]), file.name),
      purpose: 'assistants',
    }))
  const store = uploaded && (await client.vectorStores.create({ name: file.name }))
  if (store) await client.vectorStores.files.createAndPoll(store.id, { file_id: uploaded.id })
  return client.beta.assistants.create({
    ...assistant,
    model: model.id,
    metadata: { example: id },
    ...(store && { tool_resources: { file_search: { vector_store_ids: [store.id] } } }),
  })
}
