import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ollamaAddress } from './environment.ts'
import { readModelSettings } from './settings.ts'

test('keys in the environment connect their providers', () => {
  const { settings, problems } = readModelSettings(
    {
      OPENAI_API_KEY: 'k1',
      ANTHROPIC_API_KEY: 'k2',
      GOOGLE_GENERATIVE_AI_API_KEY: 'k3',
      MISTRAL_API_KEY: 'k4',
      OPENROUTER_API_KEY: '',
    },
    undefined,
  )
  assert.deepEqual(problems, [])
  assert.deepEqual(
    settings.providers.map(({ name, type }) => `${name}:${type}`),
    ['openai:openai', 'anthropic:anthropic', 'google:google', 'mistral:mistral'],
  )
})

test('OPENAI_BASE_URL elsewhere is a server of the same wire, with or without a key', () => {
  const { settings } = readModelSettings({ OPENAI_BASE_URL: 'http://localhost:8000/v1/' }, undefined)
  assert.deepEqual(settings.providers, [
    { name: 'openai-compatible', type: 'openai-compatible', baseUrl: 'http://localhost:8000/v1', models: {} },
  ])
})

test('blanks around a value of the environment are none of it, and blanks alone are no key', () => {
  const { settings, problems } = readModelSettings(
    { OPENAI_API_KEY: ' ', ANTHROPIC_API_KEY: '\t', GROQ_API_KEY: 'gsk-1\n', LAB_KEY: ' ' },
    { providers: { lab: { type: 'openai', api_key_env: 'LAB_KEY' } } },
  )
  assert.deepEqual(
    settings.providers.slice(1).map(({ name, apiKey }) => [name, apiKey]),
    [['groq', 'gsk-1']],
  )
  assert.deepEqual(problems, ['providers.lab.api_key_env names LAB_KEY, which is not set'])
  const file = { providers: { lab: { type: 'openai', api_key: '  ' } } }
  assert.match(readModelSettings({}, file).problems.join(), /providers\.lab\.api_key/)
})

test('Azure is found by its endpoint or by the name of its resource', () => {
  const byEndpoint = readModelSettings(
    {
      AZURE_OPENAI_API_KEY: 'k',
      AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com/',
      AZURE_OPENAI_DEPLOYMENT: 'gpt',
    },
    undefined,
  )
  assert.deepEqual(byEndpoint.settings.providers, [
    { name: 'azure', type: 'azure', baseUrl: 'https://r.openai.azure.com', apiKey: 'k', models: { gpt: {} } },
  ])
  const byName = readModelSettings({ AZURE_API_KEY: 'k', AZURE_RESOURCE_NAME: 'r' }, undefined)
  assert.equal(byName.settings.providers[0]?.baseUrl, 'https://r.openai.azure.com')
})

test('a file names providers, aliases and the default, and its providers come first', () => {
  const { settings, problems } = readModelSettings(
    { MY_KEY: 'secret', OPENAI_API_KEY: 'k' },
    {
      providers: {
        lab: {
          type: 'openai-compatible',
          base_url: 'http://lab:8000/v1/',
          api_key_env: 'MY_KEY',
          models: { 'qwen3:32b': { context_window: 40_960, structured_outputs: false }, small: {} },
        },
      },
      aliases: { 'gpt-4*': 'lab/qwen3:32b' },
      default_model: 'lab/small',
    },
  )
  assert.deepEqual(problems, [])
  assert.deepEqual(settings, {
    providers: [
      {
        name: 'lab',
        type: 'openai-compatible',
        baseUrl: 'http://lab:8000/v1',
        apiKey: 'secret',
        models: { 'qwen3:32b': { contextWindow: 40_960, structuredOutputs: false }, small: {} },
      },
      { name: 'openai', type: 'openai', apiKey: 'k', models: {} },
    ],
    aliases: { 'gpt-4*': 'lab/qwen3:32b' },
    defaultModel: 'lab/small',
    discover: true,
  })
})

test('what is wrong with the file is named with its path, and secrets are not', () => {
  const { problems } = readModelSettings(
    {},
    {
      provders: {},
      providers: {
        a: { type: 'openai', api_key: 's3cret', base_url: 'ftp://x', colour: 'red' },
        b: { type: 'martian' },
      },
    },
  )
  const text = problems.join('\n')
  assert.match(text, /unknown key: provders/)
  assert.match(text, /unknown key: providers\.a\.colour/)
  assert.match(text, /providers\.a\.base_url/)
  assert.match(text, /providers\.b\.type/)
  assert(!text.includes('s3cret'))
})

test('a key that is named but not set, or missing, is a problem', () => {
  const { problems } = readModelSettings(
    {},
    {
      providers: {
        a: { type: 'anthropic', api_key_env: 'NOPE' },
        b: { type: 'mistral' },
        c: { type: 'openai-compatible' },
      },
    },
  )
  assert.deepEqual(problems, [
    'providers.a.api_key_env names NOPE, which is not set',
    'providers.b needs an api_key or api_key_env',
    'providers.c needs a base_url',
  ])
})

test('OLLAMA_HOST is read as Ollama reads it', () => {
  assert.equal(ollamaAddress('0.0.0.0'), 'http://127.0.0.1:11434')
  assert.equal(ollamaAddress('box'), 'http://box:11434')
  assert.equal(ollamaAddress('box:8080'), 'http://box:8080')
  assert.equal(ollamaAddress(':8080'), 'http://127.0.0.1:8080')
  assert.equal(ollamaAddress('https://ollama.test'), 'https://ollama.test')
  assert.equal(ollamaAddress('http://[::]:11434/'), 'http://127.0.0.1:11434')
})

test('how long a model may take to say something, and how much it may say, can be set', () => {
  const file = {
    providers: { lab: { type: 'openai-compatible', base_url: 'http://lab:8000/v1', first_byte_timeout: 30 } },
  }
  const env = { THREADMILL_FIRST_BYTE_TIMEOUT: '90', THREADMILL_MAX_ANSWER_BYTES: '1000' }
  const { settings, problems } = readModelSettings(env, file)
  assert.deepEqual(problems, [])
  assert.deepEqual(settings.turnLimits, { firstByteMs: 90_000, maxAnswerBytes: 1_000 })
  assert.equal(settings.providers[0]?.firstByteMs, 30_000)
  for (const wrong of [
    { THREADMILL_FIRST_BYTE_TIMEOUT: '0' },
    { THREADMILL_FIRST_BYTE_TIMEOUT: '301' },
    { THREADMILL_FIRST_BYTE_TIMEOUT: 'soon' },
    { THREADMILL_CONNECT_TIMEOUT: '0' },
    { THREADMILL_CONNECT_TIMEOUT: '301' },
    { THREADMILL_MAX_ANSWER_BYTES: '1.5' },
    { THREADMILL_MAX_ANSWER_BYTES: '-1' },
  ]) {
    const [problem] = readModelSettings(wrong, undefined).problems
    assert.match(problem ?? '', new RegExp(`^${Object.keys(wrong)[0]} must be`))
  }
})

test('how long a connection to a chat server may take can be set, and of no other provider', () => {
  const file = {
    providers: {
      lab: {
        type: 'openai-compatible',
        base_url: 'http://lab:8000/v1',
        connect_timeout: 2,
        caller_parameters: true,
      },
      claude: { type: 'anthropic', api_key: 'k', connect_timeout: 2, caller_parameters: true },
    },
  }
  const { settings, problems } = readModelSettings({ THREADMILL_CONNECT_TIMEOUT: '5' }, file)
  assert.equal(settings.connectMs, 5_000)
  assert.equal(settings.providers[0]?.connectMs, 2_000)
  assert.equal(settings.providers[0]?.callerParameters, true)
  assert.deepEqual(problems, [
    "providers.claude.connect_timeout can be set of chat servers only; 'anthropic' has 10 seconds",
    'providers.claude.caller_parameters can be set of chat servers only',
  ])
})

test('a server with the API of OpenAI can be asked by Responses, and no other provider', () => {
  const file = {
    providers: {
      lab: {
        type: 'openai-compatible',
        base_url: 'http://lab:8000/v1',
        api: 'responses',
        caller_parameters: false,
        connect_timeout: 2,
      },
      claude: { type: 'anthropic', api_key: 'k', api: 'responses' },
      odd: { type: 'openai', api_key: 'k', api: 'realtime' },
    },
  }
  const { odd, ...providers } = file.providers
  const { settings, problems } = readModelSettings({}, { providers })
  assert.equal(settings.providers[0]?.api, 'responses')
  assert.equal(settings.providers[0].callerParameters, false)
  assert.deepEqual(problems, [
    'providers.lab.connect_timeout can be set of chat servers only; the Responses API has 10 seconds',
    "providers.claude.api can be set of servers with OpenAI's API only, and not of 'anthropic'",
  ])
  assert.match(readModelSettings({}, { providers: { odd } }).problems[0] ?? '', /providers\.odd\.api/)
})
