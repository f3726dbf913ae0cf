import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { nowSeconds } from '../../src/common/clock.ts'
import { openFolderBlobs } from '../../src/store/blobs/folder.ts'
import { deleteExpiredFiles } from '../../src/store/files.ts'
import { raw, refused } from '../raw.ts'
import { executeSql, until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { openDatabaseOf } from '../database.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const form = (fields: Record<string, string | File>) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  return data
}
const upload = (fields: Record<string, string | File>) => raw(server, 'POST', '/v1/files', form(fields))
const text = (name = 'x.txt', content = 'Hello, this is a file') => new File([content], name)
/** What is in the folder of the contents, finished or not. */
const contents = () =>
  readdirSync(join(server.dataDir, 'files'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )

test('a file has every field in the recorded order', async () => {
  const { json } = await upload({ purpose: 'assistants', file: text() })
  assert.match(json.id, /^file-[1-9A-HJ-NP-Za-km-z]{22}$/)
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({
      object: 'file',
      id: json.id,
      purpose: 'assistants',
      filename: 'x.txt',
      bytes: 21,
      created_at: json.created_at,
      expires_at: null,
      status: 'processed',
      status_details: null,
    }),
  )
  assert.deepEqual((await raw(server, 'GET', `/v1/files/${json.id}`)).json, json)
})

test('the fields of the form may come in any order, and a name may be in any script', async () => {
  const { json } = await upload({ file: text('отчёт 報告.txt'), purpose: 'user_data' })
  assert.equal(json.filename, 'отчёт 報告.txt')
  const content = await raw(server, 'GET', `/v1/files/${json.id}/content`)
  assert.equal(
    content.headers.get('content-disposition'),
    `attachment; filename="_____ __.txt"; filename*=UTF-8''${encodeURIComponent('отчёт 報告.txt')}`,
  )
})

/** A form of one file, whose part has this disposition, byte for byte. */
const uploadAs = (disposition: string | Buffer, type = 'Content-Type: text/plain\r\n') => {
  const body = Buffer.concat([
    Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n--b\r\nContent-Disposition: ',
    ),
    Buffer.from(disposition),
    Buffer.from(`\r\n${type}\r\nHello\r\n--b--\r\n`),
  ])
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  return raw(server, 'POST', '/v1/files', body, headers)
}

test('names are decoded, however a client writes what is not ASCII, and are never paths', async () => {
  const named = async (parameters: string | Buffer) =>
    (await uploadAs(Buffer.concat([Buffer.from('form-data; name="file"; '), Buffer.from(parameters)]))).json
      .filename
  const cases: [string, string][] = [
    ['filename="=?utf-8?B?5paH5Lu2LnR4dA==?="', '文件.txt'],
    ['filename="=?UTF-8?B?5ZCN57C/44O75pyA5pawLnhsc3g=?="', '名簿・最新.xlsx'],
    ['filename="=?UTF-8?B?w7/Dvy50eHQ=?="', 'ÿÿ.txt'],
    ['filename="/tmp/Größe.txt"', 'Größe.txt'],
    ['filename="=?UTF-8?Q?Gr=C3=B6=C3=9Fe_1.txt?="', 'Größe 1.txt'],
    ['filename="=?utf-8?B?5paH5Lu2?= =?utf-8?B?LnR4dA==?="', '文件.txt'],
    ["filename*=UTF-8''%E6%96%87%E4%BB%B6.txt", '文件.txt'],
    [`filename="____.txt"; filename*=UTF-8''%E6%96%87%E4%BB%B6.txt`, '文件.txt'],
    [`filename*=UTF-8''%E6%96%87%E4%BB%B6.txt; filename="____.txt"`, '文件.txt'],
    [`filename="=?utf-8?B?5paH?="; filename*=iso-8859-1'de'Gr%F6%DFe.txt`, 'Größe.txt'],
    [`filename="a; filename*=UTF-8''b.txt"`, `a; filename*=UTF-8''b.txt`],
    ['filename="say %22hi%22 100%.txt"', 'say "hi" 100%.txt'],
    ['filename="Größe & Gewicht (2).txt"', 'Größe & Gewicht (2).txt'],
    ['filename="../../etc/passwd"', 'passwd'],
    ['filename="C:\\Users\\me\\a.txt"', 'a.txt'],
    ["filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", 'passwd'],
    ['filename="=?utf-8?B?Li4vLi4vZXRjL3Bhc3N3ZA==?="', 'passwd'],
    ["filename*=UTF-8''a%00b%E2%80%AEc.txt", 'abc.txt'],
    ['filename="a\tb\u0001.txt"', 'ab.txt'],
    ['filename=""', 'upload'],
    ['filename=".."', 'upload'],
    ["filename*=UTF-8''dir%2F", 'upload'],
  ]
  for (const [parameters, name] of cases) assert.equal(await named(parameters), name, parameters)
  assert.equal(await named(Buffer.from('filename="Größe.txt"', 'latin1')), 'Größe.txt')
})

test('a name that is too long and a file without a name are refused in words that say so', async () => {
  refused(
    await uploadAs(`form-data; name="file"; filename="${'n'.repeat(2_996)}.txt"`),
    400,
    "Invalid 'file'. Expected a file name of 1 to 512 characters, but got one of 3000.",
    { param: 'file', code: 'invalid_value' },
  )
  refused(
    await uploadAs('form-data; name="file"', ''),
    400,
    "Invalid 'file'. Expected a file, but this part of the form has no file name: give its Content-Disposition a 'filename'.",
    { param: 'file', code: 'invalid_value' },
  )
  const { json } = await uploadAs('form-data; name="file"', 'Content-Type: application/octet-stream\r\n')
  assert.equal(json.filename, 'upload', 'bytes, as some clients send them')
  const upload = { purpose: 'assistants', bytes: 1, mime_type: 'text/plain' }
  const create = (filename: string) => raw(server, 'POST', '/v1/uploads', { ...upload, filename })
  assert.equal((await create('some/folder/a\u202e\n.txt')).json.filename, 'a.txt')
  for (const [name, length] of [
    ['/', 0],
    ['n'.repeat(513), 513],
  ] as const) {
    refused(
      await create(name),
      400,
      `Invalid 'filename'. Expected a file name of 1 to 512 characters, but got one of ${length}.`,
      { param: 'filename', code: 'invalid_value' },
    )
  }
})

test('a file is downloaded as it came, whatever its purpose', async () => {
  for (const purpose of ['assistants', 'user_data', 'vision']) {
    const { json } = await upload({ purpose, file: text() })
    const answer = await raw(server, 'GET', `/v1/files/${json.id}/content`)
    assert.equal(answer.text, 'Hello, this is a file')
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="x.txt"')
    assert.equal(answer.headers.get('content-length'), '21')
  }
  const { json } = await upload({ purpose: 'assistants', file: text('empty.txt', '') })
  assert.equal(json.bytes, 0)
  assert.equal((await raw(server, 'GET', `/v1/files/${json.id}/content`)).text, '')
})

test('files are listed newest first, by purpose, up to 10000 at once', async () => {
  await using own = await startTestServer()
  const ids = []
  for (const purpose of ['assistants', 'vision', 'assistants'] as const) {
    ids.push((await own.client.files.create({ file: text(), purpose })).id)
  }
  const list = async (query: string) => {
    const { json } = await raw(own, 'GET', `/v1/files${query}`)
    return [json.data.map((file: { id: string }) => file.id), json.has_more]
  }
  assert.deepEqual(await list(''), [ids.toReversed(), false])
  assert.deepEqual(await list('?purpose=vision'), [[ids[1]], false])
  assert.deepEqual(await list('?order=asc&limit=2'), [ids.slice(0, 2), true])
  assert.deepEqual(await list(`?order=asc&limit=10000&after=${ids[1]}`), [[ids[2]], false])
  refused(
    await raw(own, 'GET', '/v1/files?limit=10001'),
    400,
    "Invalid 'limit': integer above maximum value. Expected a value <= 10000, but got 10001 instead.",
    { param: 'limit', code: 'integer_above_max_value' },
  )
})

test('a deleted file is gone, and what is said of it is said twice, as the original did', async () => {
  const { json } = await upload({ purpose: 'assistants', file: text() })
  const deleted = await raw(server, 'DELETE', `/v1/files/${json.id}`)
  assert.equal(JSON.stringify(deleted.json), JSON.stringify({ object: 'file', deleted: true, id: json.id }))
  await until(async () => !contents().some((entry) => entry.name === json.id))
  for (const [method, path] of [
    ['GET', json.id],
    ['GET', `${json.id}/content`],
    ['DELETE', json.id],
    ['GET', 'fake_id'],
  ] as const) {
    const answer = await raw(server, method, `/v1/files/${path}`)
    const message = `No such File object: ${path.split('/')[0]}`
    refused(answer, 404, message, { param: 'id' })
    assert.deepEqual(answer.json.detail, { message, code: null })
  }
})

test('a form without what it needs is refused in the original words, and its content is not kept', async () => {
  const kept = contents().length
  refused(
    await upload({ purpose: 'world_domination', file: text() }),
    400,
    "'world_domination' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - 'purpose'",
    { param: 'purpose' },
  )
  refused(await upload({ file: text() }), 400, "'purpose' is a required property")
  refused(await upload({ purpose: 'assistants' }), 400, "'file' is a required property")
  refused(
    await upload({ purpose: 'assistants', file: text(), color: 'red' }),
    400,
    "Unknown parameter: 'color'.",
    {
      param: 'color',
      code: 'unknown_parameter',
    },
  )
  refused(await upload({ purpose: 'assistants', other: text() }), 400, "Unknown parameter: 'other'.", {
    param: 'other',
    code: 'unknown_parameter',
  })
  refused(
    await upload({ purpose: 'assistants', file: text(), another: text() }),
    400,
    'The form has too many parts.',
  )
  refused(
    await raw(server, 'POST', '/v1/files', { purpose: 'assistants' }),
    400,
    "Invalid 'Content-Type' header. Expected multipart/form-data with a boundary.",
  )
  assert.equal(contents().length, kept)
})

test('a form that breaks off is refused and leaves nothing', async () => {
  const kept = contents().length
  const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
  refused(
    await raw(server, 'POST', '/v1/files', `${head}half of`, {
      'content-type': 'multipart/form-data; boundary=b',
    }),
    400,
    'The form of your request could not be read: it is malformed or broke off.',
  )
  const sending = request(`${server.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'multipart/form-data; boundary=b' },
  })
  sending.on('error', () => {})
  sending.write(head + 'x'.repeat(100_000))
  await until(async () => contents().length > kept)
  sending.destroy()
  await until(async () => contents().length === kept)
})

test('a large file is on disk while it arrives, and comes back whole', async () => {
  const chunk = Buffer.alloc(1024 * 1024)
  const count = 96
  const hash = createHash('sha256')
  let maxHeld = 0
  const body = async function* () {
    yield '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
    yield '--b\r\ncontent-disposition: form-data; name="file"; filename="big.bin"\r\n\r\n'
    for (let number = 0; number < count; number++) {
      chunk.writeUInt32LE(number)
      hash.update(chunk)
      yield Buffer.from(chunk)
      const written = contents().reduce(
        (sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size,
        0,
      )
      maxHeld = Math.max(maxHeld, (number + 1) * chunk.length - written)
    }
    yield '\r\n--b--\r\n'
  }
  const response = await fetch(`${server.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'multipart/form-data; boundary=b' },
    body: ReadableStream.from(body()),
    duplex: 'half',
  } as RequestInit)
  const file = (await response.json()) as { id: string; bytes: number }
  assert.equal(file.bytes, count * chunk.length)
  assert.ok(maxHeld < 32 * 1024 ** 2, `${Math.round(maxHeld / 1024 ** 2)} MB were sent and not on disk`)

  const back = createHash('sha256')
  const content = await server.client.files.content(file.id)
  for await (const piece of content.body ?? []) back.update(piece)
  assert.equal(back.digest('hex'), hash.digest('hex'))
})

test('a file may be told to expire, and is gone then, from every list', async () => {
  const { json } = await upload({
    purpose: 'assistants',
    'expires_after[anchor]': 'created_at',
    'expires_after[seconds]': '3600',
    file: text(),
  })
  assert.equal(json.expires_at, json.created_at + 3600)
  const thread = await server.client.beta.threads.create({
    tool_resources: { code_interpreter: { file_ids: [json.id] } },
  })
  await executeSql(server, 'update files set expires_at = ? where id = ?', nowSeconds(), json.id)
  refused(await raw(server, 'GET', `/v1/files/${json.id}`), 404, `No such File object: ${json.id}`, {
    param: 'id',
  })
  const { json: list } = await raw(server, 'GET', '/v1/files')
  assert.ok(!list.data.some((file: { id: string }) => file.id === json.id))
  const { tool_resources: left } = await server.client.beta.threads.retrieve(thread.id)
  assert.deepEqual(left?.code_interpreter?.file_ids, [])

  const db = await openDatabaseOf(server.dataDir)
  await deleteExpiredFiles(db, openFolderBlobs(join(server.dataDir, 'files')), nowSeconds())
  await db.close()
  await until(async () => !contents().some((entry) => entry.name === json.id))
})

test('an expiry out of range is refused, and files of batches expire by themselves', async () => {
  const expiring = (seconds: string) =>
    upload({
      purpose: 'assistants',
      'expires_after[anchor]': 'created_at',
      'expires_after[seconds]': seconds,
      file: text(),
    })
  refused(
    await expiring('60'),
    400,
    "Invalid 'expires_after.seconds': integer below minimum value. Expected a value >= 3600, but got 60 instead.",
    { param: 'expires_after.seconds', code: 'integer_below_min_value' },
  )
  refused(
    await expiring('soon'),
    400,
    "Invalid type for 'expires_after.seconds': expected an integer, but got a string instead.",
    { param: 'expires_after.seconds', code: 'invalid_type' },
  )
  const { json } = await upload({ purpose: 'batch', file: text('x.jsonl', '{}') })
  assert.equal(json.expires_at, json.created_at + 30 * 86_400)
})
