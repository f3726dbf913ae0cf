// What is tested here: an assistant that may ask this program for the weather.

const getWeather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city now.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

/**
 * Asks the assistant, and looks the weather up where it wants to know.
 *
 * @param {import('openai').OpenAI} client
 * @param {string} question
 * @param {(city: string) => string} lookUp
 * @returns {Promise<string>} the answer
 */
export async function askAboutWeather(client, question, lookUp) {
  const assistant = await client.beta.assistants.create({ model: 'gpt-4o', tools: [getWeather] })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: question }] })
  let run = await client.beta.threads.runs.createAndPoll(
    thread.id,
    { assistant_id: assistant.id },
    { pollIntervalMs: 20 },
  )
  while (run.status === 'requires_action') {
    const outputs = run.required_action.submit_tool_outputs.tool_calls.map((call) => ({
      tool_call_id: call.id,
      output: lookUp(JSON.parse(call.function.arguments).city),
    }))
    run = await client.beta.threads.runs.submitToolOutputsAndPoll(
      run.id,
      { thread_id: thread.id, tool_outputs: outputs },
      { pollIntervalMs: 20 },
    )
  }
  if (run.status !== 'completed') throw new Error(`The run is ${run.status}: ${run.last_error?.message}`)
  const [answer] = (await client.beta.threads.messages.list(thread.id)).data
  return answer.content[0].text.value
}
