import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer } from '../server.ts'

// H03 of test/security, through the server: pages and pictures that hold scripts never open in its origin.

const script = '<script>fetch("/v1/files")</script>'
const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${script}</svg>`
const written = {
  '/mnt/data/page.html': script,
  '/mnt/data/picture.svg': svg,
  '/mnt/data/page.xhtml': script,
}

const code = `
from pathlib import Path
for path, text in ${JSON.stringify(written)}.items(): Path(path).write_text(text)
class Page:
    def _repr_html_(self): return ${JSON.stringify(script)}
Page()
`
const model = scripted([
  { toolCalls: [{ name: 'code_interpreter', arguments: { code } }] },
  {
    text: Object.keys(written)
      .map((path) => `[file](sandbox:${path})`)
      .join(' '),
  },
])

test('HTML and SVG that a cell leaves are downloads of no type that a browser opens, and text in the logs', async () => {
  await using server = await startTestServer({
    models: { scripted: model },
    env: { THREADMILL_CODE_INTERPRETER: 'auto' },
  })
  const { beta } = server.client
  const assistant = await beta.assistants.create({ model: 'scripted', tools: [{ type: 'code_interpreter' }] })
  const run = await beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'Go' }] },
  })
  assert.equal(run.status, 'completed')

  const { data: steps } = await beta.threads.runs.steps.list(run.id, {
    thread_id: run.thread_id,
    order: 'asc',
  })
  const [call] = steps.flatMap(({ step_details }) =>
    step_details.type === 'tool_calls' ? step_details.tool_calls : [],
  )
  assert.ok(call?.type === 'code_interpreter')
  assert.deepEqual(
    call.code_interpreter.outputs.map(({ type }) => type),
    ['logs'],
  )

  const { data: messages } = await beta.threads.messages.list(run.thread_id, { order: 'desc', limit: 1 })
  const [part] = messages[0]?.content ?? []
  assert.ok(part?.type === 'text')
  const files = part.text.annotations.flatMap((note) =>
    note.type === 'file_path' ? note.file_path.file_id : [],
  )
  assert.equal(files.length, 3)
  for (const [n, text] of Object.values(written).entries()) {
    const answer = await fetch(`${server.url}/v1/files/${files[n]}/content`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    })
    assert.equal(await answer.text(), text)
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; /)
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  }
})
