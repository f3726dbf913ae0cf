import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startTestServer } from '../server.ts'
import { closeBrowser, visit, type Visit } from './browser.ts'

// The pictures of the README: `node test/console/pictures.ts`, after `npm run console`. What they show is what the demo
// model, the code interpreter and file search of a real server have done.
const folder = fileURLToPath(new URL('../../docs/pictures', import.meta.url))
mkdirSync(folder, { recursive: true })

const handbook = `# Harbour rules

The harbour opens at six in the morning and closes at ten in the evening.

Quiet hours on Sundays are from noon to three. Engines stay off, and so do radios.

Boats longer than 20 metres need a pilot. Ask for one a day ahead, on channel 12.
`

await using server = await startTestServer({ env: { THREADMILL_CODE_INTERPRETER: 'auto' } })
await server.server.sandbox
const { client } = server

const file = await client.files.create({
  purpose: 'assistants',
  file: new File([handbook], 'harbour-rules.md'),
})
const store = await client.vectorStores.create({ name: 'Harbour handbook' })
await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id })
const assistant = await client.beta.assistants.create({
  model: 'gpt-4-turbo',
  name: 'Harbour master',
  instructions: 'You answer from the handbook, and compute with Python.',
  tools: [{ type: 'code_interpreter' }, { type: 'file_search' }],
  tool_resources: { file_search: { vector_store_ids: [store.id] } },
})
const thread = await client.beta.threads.create()
const ask = async (content: string) => {
  await client.beta.threads.messages.create(thread.id, { role: 'user', content })
  return client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
}
await ask('I need to solve the equation 3x + 11 = 14. Can you help me?')
const run = await ask('When are quiet hours on Sundays?')

await picture('playground', `playground/${thread.id}?assistant=${assistant.id}`, (page) =>
  page.getByText('Quiet hours on Sundays are').first().waitFor(),
)
await picture('context', `runs/${run.id}?tab=context`, (page) =>
  page.getByText('tokens sent').first().waitFor(),
)
await picture('search', `stores/${store.id}/search?q=pilot+for+a+long+boat`, (page) =>
  page.getByText('need a pilot').first().waitFor(),
)
await closeBrowser()

/** Takes one as a person sees it at that address, when `ready` says that everything is there. */
async function picture(
  name: string,
  at: string,
  ready: (page: Visit['page']) => Promise<unknown>,
): Promise<void> {
  await using visitor = await visit(server, { at })
  await ready(visitor.page)
  await visitor.page.evaluate('document.fonts.ready')
  await visitor.page.screenshot({ path: join(folder, `${name}.png`) })
}
