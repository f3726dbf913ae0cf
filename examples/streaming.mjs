// Shows an answer while it is made: the program that the assistant writes, what it prints, and then the words.
//
//     npm install openai
//     OPENAI_BASE_URL=http://127.0.0.1:4711/v1 OPENAI_API_KEY=... node examples/streaming.mjs "12 * 31 + 5?"

import OpenAI from 'openai'

const question = process.argv[2] ?? 'What is the mean of 4, 8, 15, 16, 23 and 42?'
const client = new OpenAI()

const assistant = await client.beta.assistants.create({
  instructions: 'Write and run code to answer questions.',
  tools: [{ type: 'code_interpreter' }],
  model: 'gpt-4-turbo',
})
const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: question }] })

const stream = client.beta.threads.runs
  .stream(thread.id, { assistant_id: assistant.id })
  .on('toolCallCreated', () => process.stdout.write('--- program\n'))
  .on('toolCallDelta', ({ code_interpreter: part }) => {
    if (part?.input) process.stdout.write(part.input)
    for (const output of part?.outputs ?? []) {
      if (output.type === 'logs') process.stdout.write(`\n--- prints\n${output.logs}`)
    }
  })
  .on('textCreated', () => process.stdout.write('--- answer\n'))
  .on('textDelta', ({ value }) => process.stdout.write(value ?? ''))
  .on('textDone', () => process.stdout.write('\n'))

const run = await stream.finalRun()
if (run.status !== 'completed') throw new Error(`The run is ${run.status}: ${run.last_error?.message}`)
