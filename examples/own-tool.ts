// A server with a tool of its own, and an assistant that uses it. After `npm install threadmill openai`, in a folder whose
// package.json says "type": "module":
//
//     node own-tool.ts

import { randomInt } from 'node:crypto'
import OpenAI from 'openai'
import { start, type OwnTool } from 'threadmill'

const dice: OwnTool = {
  type: 'dice',
  description: 'Throws dice. Call it whenever somebody wants dice to be thrown.',
  parameters: {
    type: 'object',
    properties: { count: { type: 'integer', description: 'How many dice are thrown.' } },
  },
  run({ arguments: given, settings, show }) {
    const { count = 1 } = given as { count?: number }
    const { sides = 6 } = (settings ?? {}) as { sides?: number }
    if (!(count >= 1 && count <= 100)) throw new Error('count must be from 1 to 100')
    let output = ''
    for (let thrown = 0; thrown < count; thrown++) {
      const piece = `${randomInt(sides) + 1} `
      show(piece)
      output += piece
    }
    return output
  },
}

await using server = await start({}, { tools: [dice] })
const { assistants, threads } = new OpenAI({ baseURL: server.baseURL, apiKey: server.apiKey }).beta

// The client's types know the tools of OpenAI only.
const tool = { type: 'dice', dice: { sides: 20 } } as unknown as OpenAI.Beta.AssistantTool
const assistant = await assistants.create({ model: 'gpt-4o', tools: [tool] })
const thread = await threads.create({ messages: [{ role: 'user', content: 'Throw dice with count 3' }] })
const run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
const steps = await threads.runs.steps.list(run.id, { thread_id: thread.id, order: 'asc' })
for (const { step_details } of steps.data) console.log(JSON.stringify(step_details))
const [answer] = (await threads.messages.list(thread.id)).data
if (answer?.content[0]?.type === 'text') console.log(answer.content[0].text.value)
