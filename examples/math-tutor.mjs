// A tutor that computes: the code interpreter solves an equation, and the assistant tells the answer.
//
//     npm install openai
//     OPENAI_BASE_URL=http://127.0.0.1:4711/v1 OPENAI_API_KEY=... node examples/math-tutor.mjs

import OpenAI from 'openai'

const client = new OpenAI()

const assistant = await client.beta.assistants.create({
  name: 'Math Tutor',
  instructions: 'You are a math tutor. Write and run code to answer questions.',
  tools: [{ type: 'code_interpreter' }],
  model: 'gpt-4-turbo',
})

const thread = await client.beta.threads.create()

await client.beta.threads.messages.create(thread.id, {
  role: 'user',
  content: 'Solve 3x + 11 = 14',
})

const run = await client.beta.threads.runs.createAndPoll(thread.id, {
  assistant_id: assistant.id,
})

if (run.status === 'completed') {
  const messages = await client.beta.threads.messages.list(thread.id)
  console.log(messages.data[0].content[0].text.value)
} else {
  throw new Error(`The run is ${run.status}: ${run.last_error?.message}`)
}
