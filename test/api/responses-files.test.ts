import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { raw, refused } from '../raw.ts'
import { asked, createResponsesFixture } from '../responses.ts'
import { until } from '../runs.ts'

const hello = () => ({ text: 'Yes.' })
const data = (text: string, type = 'text/plain') =>
  `data:${type};base64,${Buffer.from(text).toString('base64')}`
const withPart = (part: object) => ({ model: 'm', input: [{ role: 'user', content: [part] }] })
/** The beginning of a picture. */
const png = '\x89PNG\r\n\x1a\n'
const told = (name: string, text: string) => `File ${JSON.stringify(name)}:\n\n${text}`

test('the model reads the text of files that are stored, sent along, or at an address', async (t) => {
  const site = createServer((_request, response) => void response.end('<p>From afar</p>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  t.after(() => site.close())
  await using s = await createResponsesFixture(hello, { env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' } })
  const stored = await s.client.files.create({
    file: new File(['Kept here.'], 'kept.txt'),
    purpose: 'user_data',
  })
  const file_url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/page.html?x=1`
  const parts = [
    { type: 'input_file' as const, file_id: stored.id },
    { type: 'input_file' as const, file_data: data('Sent along.'), filename: 'sent.txt' },
    { type: 'input_file' as const, file_url },
  ]
  const conversation = await s.client.conversations.create()
  const response = await s.responses.create({
    model: 'm',
    conversation: conversation.id,
    input: [{ role: 'user', content: [...parts, { type: 'input_text', text: 'Well?' }] }],
  })
  const said = [
    'user',
    [
      told('kept.txt', 'Kept here.'),
      told('sent.txt', 'Sent along.'),
      told('page.html', 'From afar'),
      'Well?',
    ].join('|'),
  ]
  assert.deepEqual(asked(s.model.calls[0]), [said])
  const { data: items } = await s.responses.inputItems.list(response.id)
  assert.deepEqual((items[0] as { content: unknown[] }).content.slice(0, 3), [
    { ...parts[0], filename: 'kept.txt' },
    parts[1],
    { ...parts[2], filename: 'page.html' },
  ])
  await s.responses.create({ model: 'm', conversation: conversation.id, input: 'And?' })
  assert.deepEqual(asked(s.model.calls[1])[0], said)
  const thread = conversation.id.replace('conv_', 'thread_')
  const messages = await s.client.beta.threads.messages.list(thread, { order: 'asc' })
  assert.equal(
    (messages.data[0]?.content[0] as { text: { value: string } }).text.value,
    told('kept.txt', 'Kept here.'),
  )
  const { input_tokens } = await s.responses.inputTokens.count({
    model: 'm',
    input: [{ role: 'user', content: [{ type: 'input_file', file_data: data('word '.repeat(400)) }] }],
  })
  assert.ok(input_tokens > 300, `${input_tokens}`)
})

test('a file at an address that names it in no text is read all the same', async (t) => {
  const site = createServer((_request, response) => void response.end('From afar'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  t.after(() => site.close())
  await using s = await createResponsesFixture(hello, { env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' } })
  const { port } = site.address() as AddressInfo
  for (const [path, name] of [
    ['caf%E9.txt', 'caf\ufffd.txt'],
    ['100%.txt', '100%.txt'],
    ['a%20b.txt', 'a b.txt'],
  ]) {
    const file_url = `http://127.0.0.1:${port}/${path}`
    const { status, json } = await s.post(withPart({ type: 'input_file', file_url }))
    assert.equal(status, 200)
    const items = await s.responses.inputItems.list(json.id)
    assert.deepEqual((items.data[0] as { content: unknown[] }).content, [
      { type: 'input_file', file_url, filename: name },
    ])
  }
})

test('the output of a call may be a file', async () => {
  await using s = await createResponsesFixture(hello)
  const call = { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' }
  const part = { type: 'input_file', file_data: data('Sent along.'), filename: 'sent.txt' }
  const output = { type: 'function_call_output', call_id: 'call_1', output: [part] }
  const { status } = await s.post({ model: 'm', input: [call, output] })
  assert.equal(status, 200)
  assert.match(JSON.stringify(s.model.calls[0]?.prompt), /File \\\\?"sent\.txt\\\\?":/)
})

test('files that are not there or cannot be read are refused', async () => {
  await using s = await createResponsesFixture(hello)
  const at = 'input[0].content[0]'
  const file = (more: object) => s.post(withPart({ type: 'input_file', ...more }))
  refused(await file({ file_id: 'file-x' }), 404, 'No such File object: file-x', { param: 'input' })
  refused(
    await s.post(withPart({ type: 'input_image', file_id: 'file-x' })),
    404,
    'No such File object: file-x',
    {
      param: 'input',
    },
  )
  refused(await file({}), 400, `Missing required parameter: '${at}.file_id'.`, {
    param: `${at}.file_id`,
    code: 'missing_required_parameter',
  })
  refused(
    await file({ file_data: data('x', 'audio/mpeg') }),
    400,
    `Invalid file data: '${at}.file_data'. Expected a base64-encoded data URL with a valid file MIME type (e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got unsupported MIME type 'audio/mpeg'. Please see https://platform.openai.com/docs/assistants/tools/file-search#supported-files for supported file types.`,
    { param: `${at}.file_data`, code: 'invalid_value' },
  )
  for (const [content, got] of [
    ['', 'empty base64-encoded bytes'],
    ['@@', 'an invalid base64-encoded value'],
  ])
    refused(
      await file({ file_data: `data:text/plain;base64,${content}`, filename: 'a.txt' }),
      400,
      `Invalid file data: '${at}.file_data'. Expected a base64-encoded data URL with a valid file MIME type (e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got ${got}. Please see https://platform.openai.com/docs/assistants/tools/file-search#supported-files for supported file types.`,
      { param: `${at}.file_data`, code: 'invalid_value' },
    )
  const picture = await s.client.files.create({
    file: new File([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2])], 'a.png'),
    purpose: 'user_data',
  })
  refused(
    await file({ file_id: picture.id }),
    400,
    'The file type you uploaded is not supported. Please try again with a pdf',
    { param: 'input', code: 'unsupported_file' },
  )
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '10.0.0.1']) {
    const file_url = `http://${host}:9/secret.txt`
    refused(await file({ file_url }), 400, `Error while downloading ${file_url}.`, {
      param: 'url',
      code: 'invalid_value',
    })
  }
  for (const file_url of ['file:///etc/passwd', 'x'])
    refused(
      await file({ file_url }),
      400,
      `Invalid '${at}.file_url'. Expected a valid URL, but got a value with an invalid format.`,
      {
        param: `${at}.file_url`,
        code: 'invalid_value',
      },
    )
  const both = await file({ file_id: 'file-x', file_url: 'http://example.com' })
  assert.equal(both.json.error.code, 'mutually_exclusive_parameters')
})

test('what is no picture is refused before the response begins', async () => {
  await using s = await createResponsesFixture(hello)
  const image = (more: object) => s.post(withPart({ type: 'input_image', ...more }))
  const upload = async (bytes: string, name: string) => {
    const file = new File([Buffer.from(bytes, 'latin1')], name)
    return (await s.client.files.create({ file, purpose: 'user_data' })).id
  }
  for (const [name, got] of [
    ['a.txt', '.txt'],
    ['a', 'none'],
  ] as const)
    refused(
      await image({ file_id: await upload('Some text.', name) }),
      400,
      `Invalid input: Expected image type to be a supported format: .jpeg, .jpg, .png, .gif, .webp but got ${got}.`,
      { param: 'input' },
    )
  for (const type of ['png', 'tiff', 'svg+xml'])
    refused(
      await image({ image_url: data('<svg/>', `image/${type}`) }),
      400,
      "The image data you provided does not represent a valid image. Please check your input and try again with one of the supported image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].",
      { param: 'input', code: 'invalid_value' },
    )
  // What it is counts, and not what it is called.
  assert.equal((await image({ file_id: await upload(png, 'a.dat') })).status, 200)
  const named = `data:image/jpg;name=a.jpg;base64,${Buffer.from(png, 'latin1').toString('base64')}`
  const answer = await image({ image_url: named })
  assert.deepEqual([answer.status, answer.json.status], [200, 'completed'], answer.text)
})

test('a picture that this server would load from an address is looked at before the response begins', async () => {
  await using s = await createResponsesFixture(hello)
  const image = (image_url: string) => s.post(withPart({ type: 'input_image', image_url }))
  for (const address of [`${s.url}/v1/models`, 'http://169.254.169.254/latest', 'https://[::1]:1/a.png'])
    refused(await image(address), 400, `Error while downloading ${address}.`, {
      param: 'url',
      code: 'invalid_value',
    })
  assert.equal(s.model.calls.length, 0)
  assert.deepEqual((await raw(s, 'GET', '/v1/responses')).json.data, [])
})

test('a picture is loaded once, also from a private address that the settings allow, and shown as it was', async (t) => {
  const seen: string[] = []
  const site = createServer((request, response) => {
    seen.push(request.url ?? '')
    if (request.url !== '/silent') response.end(Buffer.from(png, 'latin1'))
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  t.after(() => (site.closeAllConnections(), site.close()))
  const at = (path: string) => `http://127.0.0.1:${(site.address() as AddressInfo).port}/${path}`
  await using s = await createResponsesFixture(hello, { env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' } })
  const answer = await s.post(withPart({ type: 'input_image', image_url: at('a') }))
  assert.deepEqual([answer.status, answer.json.status], [200, 'completed'], answer.text)
  const shown = s.model.calls[0]?.prompt.at(-1)?.content[0]
  assert.ok(typeof shown === 'object' && shown.type === 'file' && shown.data.type === 'data')
  assert.equal(Buffer.from(shown.data.data as Uint8Array).toString('latin1'), png)
  assert.deepEqual(seen, ['/a'])
  const { client } = s
  const { id: assistant_id } = await client.beta.assistants.create({ model: 'm' })
  const run = await client.beta.threads.createAndRunPoll({
    assistant_id,
    thread: {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: at('b') } }] }],
    },
  })
  assert.deepEqual([run.status, run.last_error], ['completed', null])
  assert.deepEqual(seen, ['/a', '/b'])

  const left = new AbortController()
  const picture = { type: 'input_image' as const, detail: 'auto' as const, image_url: at('silent') }
  const asked = client.responses.create(
    { model: 'm', input: [{ role: 'user', content: [picture] }] },
    { signal: left.signal },
  )
  await until(async () => seen.includes('/silent'))
  const connections = () =>
    new Promise<number>((resolve) => site.getConnections((_error, count) => resolve(count)))
  await until(async () => (await connections()) === 1)
  left.abort()
  await assert.rejects(asked)
  await until(async () => (await connections()) === 0)
  assert.equal((await raw(s, 'GET', '/v1/responses')).json.data.length, 1)
})

test('a picture that the provider loads is not looked at', async () => {
  const model = { ...scripted(hello), supportedUrls: { 'image/*': [/^https?:/] } }
  await using s = await createResponsesFixture(model)
  const address = 'http://169.254.169.254/a.png'
  const { json } = await s.post(withPart({ type: 'input_image', image_url: address }))
  assert.equal(json.status, 'completed')
  assert.match(JSON.stringify(model.calls[0]?.prompt), /169\.254\.169\.254/)
})

test('the detail of a file is that of its text', async () => {
  await using s = await createResponsesFixture(hello)
  const ask = (detail: unknown) =>
    s.post(withPart({ type: 'input_file', file_data: data('Hi.'), filename: 'a.txt', detail }))
  for (const detail of ['auto', 'low', null]) assert.equal((await ask(detail)).status, 200)
  const param = 'input[0].content[0].detail'
  refused(
    await ask('high'),
    400,
    "Unsupported value: 'high' is not supported by this server, which reads the text of files alone. Supported values are: 'auto' and 'low'.",
    { param, code: 'unsupported_value' },
  )
  refused(await ask('x'), 400, "Invalid value: 'x'. Supported values are: 'auto', 'low', and 'high'.", {
    param,
    code: 'invalid_value',
  })
})
