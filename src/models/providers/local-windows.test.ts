import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatServer } from './chat-server.ts'
import type { Fetch } from './provider.ts'

const list = (owned_by: string | undefined, ...ids: string[]) => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model', ...(owned_by && { owned_by }) })),
})

/** The windows in the list of a server that gives these answers by path, and the other paths that were requested. */
async function listOf(answers: Record<string, unknown>) {
  const host = 'http://127.0.0.1:8080'
  const asked: string[] = []
  const fetch = (async (url: string) => {
    const path = url.slice(host.length)
    if (path !== '/v1/models') asked.push(path)
    return path in answers ? Response.json(answers[path]) : Response.json({}, { status: 404 })
  }) as unknown as Fetch
  const provider = chatServer(
    { name: 'lab', type: 'openai-compatible', baseUrl: `${host}/v1`, models: {} },
    fetch,
  )
  const windows = (await provider.list(new AbortController().signal)).map(
    ({ contextWindow }) => contextWindow,
  )
  return { windows, asked }
}

const props = (n_ctx: number) => ({ default_generation_settings: { id: 0, n_ctx }, total_slots: 1 })
const lmStudioModels = {
  object: 'list',
  data: [
    { id: 'qwen', type: 'llm', state: 'loaded', max_context_length: 32_768, loaded_context_length: 4096 },
    { id: 'llama', type: 'llm', state: 'not-loaded', max_context_length: 131_072 },
  ],
}

for (const [what, answers, windows, asked] of [
  [
    'llama.cpp',
    { '/v1/models': list('llamacpp', '/models/qwen3.gguf'), '/props': props(2000) },
    [2000],
    ['/props'],
  ],
  [
    'a llama.cpp that starts others',
    {
      '/v1/models': list('llamacpp', 'a', 'b c'),
      '/props?model=a&autoload=false': props(8192),
      '/props?model=b%20c&autoload=false': props(0),
    },
    [8192, undefined],
    ['/props?model=a&autoload=false', '/props?model=b%20c&autoload=false'],
  ],
  ['a llamafile', { '/v1/models': list(undefined, 'qwen3.gguf'), '/props': props(8192) }, [8192], ['/props']],
  [
    'LM Studio',
    { '/v1/models': list('organization_owner', 'qwen', 'llama', 'new'), '/api/v0/models': lmStudioModels },
    [4096, 131_072, undefined],
    ['/api/v0/models'],
  ],
  [
    'KoboldCpp',
    { '/v1/models': list('koboldcpp', 'koboldcpp/x'), '/api/extra/true_max_context_length': { value: 6144 } },
    [6144],
    ['/api/extra/true_max_context_length'],
  ],
  [
    'vLLM, which tells in its list,',
    { '/v1/models': { data: [{ id: 'm', owned_by: 'vllm', max_model_len: 4096 }] } },
    [4096],
    [],
  ],
  [
    'Groq, which tells in its list,',
    { '/v1/models': { data: [{ id: 'm', owned_by: 'Meta', context_window: 131_072 }] } },
    [131_072],
    [],
  ],
] as const) {
  test(`how much the models of ${what} read is asked for, and nothing else`, async () => {
    assert.deepEqual(await listOf(answers), { windows, asked })
  })
}

test('servers that do not look like one of them are asked nothing', async () => {
  for (const owner of [undefined, 'vllm', 'system']) {
    assert.deepEqual((await listOf({ '/v1/models': list(owner, 'm'), '/props': props(2000) })).asked, [])
  }
})

for (const answer of [
  undefined,
  'no',
  { default_generation_settings: null },
  props(-1),
  { data: [null, 1] },
]) {
  test(`a server that says ${JSON.stringify(answer)} lists its models all the same`, async () => {
    for (const [owner, path] of [
      ['llamacpp', '/props'],
      ['organization_owner', '/api/v0/models'],
    ] as const) {
      const answers = { '/v1/models': list(owner, 'm'), ...(answer !== undefined && { [path]: answer }) }
      assert.deepEqual((await listOf(answers)).windows, [undefined])
    }
  })
}
