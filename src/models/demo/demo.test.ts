import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { converse, functionTool, interpreter, runPython, user } from '../../../test/demo/converse.ts'
import { oneToolCallAtATime } from '../provider-options.ts'
import { demo } from './demo.ts'

const model = demo({ wordDelayMs: 0 })

const weather = functionTool('get_current_weather', 'Get the weather of a city', {
  location: { type: 'string' },
  unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
})

const compute = (question: string) => converse(question, { tools: [interpreter] })

test('it computes what it is asked, in Python that it wrote', async (t) => {
  const questions: [string, string | RegExp][] = [
    ['Solve 3x + 11 = 14', 'The solution of 3x + 11 = 14 is x = 1.'],
    [
      'I need to solve the equation `3x + 11 = 14`. Can you help me?',
      'The solution of 3x + 11 = 14 is x = 1.',
    ],
    ['2x - 5 = x + 9', 'The solution of 2x - 5 = x + 9 is x = 14.'],
    ['x² - 5x + 6 = 0', 'The solutions of x^2 - 5x + 6 = 0 are x = 2 and x = 3.'],
    ['x^2 + 1 = 0', 'x^2 + 1 = 0 has no real solution.'],
    ['Please solve 0.1y + 0.2 = 0.5', 'The solution of 0.1y + 0.2 = 0.5 is y = 3.'],
    ['x^3 = 8', 'The solution of x^3 = 8 is x = 2.'],
    ['cos(x) = x', 'The solution of cos(x) = x is x ≈ 0.739085.'],
    ['x + y = 10 and x - y = 2', 'The solution of x + y = 10 and x - y = 2 is x = 6 and y = 4.'],
    ['If x = 5, what is 3x + 2?', 'With x = 5, 3x + 2 is 17.'],
    ['what is (17*23)/4?', '(17*23)/4 = 97.75'],
    ['What is 12% of 250?', '12% of 250 = 30'],
    ['sqrt(2)', 'sqrt(2) = 1.4142135624'],
    ['How much is 17 times 23', '17 * 23 = 391'],
    ['mean of 3, 5, 10', 'The mean of 3, 5, 10 is 6.'],
    ['sum of the numbers from 1 to 100', 'The sum of the numbers from 1 to 100 is 5050.'],
    ['the first 5 primes', 'The list of the first 5 primes is 2, 3, 5, 7, 11.'],
    ['Run this:\n```python\nprint(6 * 7)\n```', /```\n42\n```/],
  ]
  for (const [question, answer] of questions) {
    await t.test(question, async () => {
      const { calls, text } = await compute(question)
      assert.equal(calls.length, 1)
      if (typeof answer === 'string') assert.equal(text, answer)
      else assert.match(text, answer)
    })
  }
})

test('a program that fails is rewritten, and a plot needs no matplotlib', async () => {
  const { calls, text } = await compute('Plot sin(x) from 0 to 6')
  assert.equal(calls.length, 2)
  assert.match(String(calls[0]?.[1]['code']), /matplotlib/)
  assert.doesNotMatch(String(calls[1]?.[1]['code']), /import matplotlib/)
  assert.match(text, /\[Download plot\.png\]\(sandbox:\/mnt\/data\/plot\.png\)/)
  assert.equal(await runPython("print(open('/mnt/data/plot.png', 'rb').read(4)[1:])"), "b'PNG'\n")
})

test('a chart shows the numbers of the question, or the columns of a table that it names', async () => {
  // The relative number of pixels of the first three colours. The largest number is scaled to 10.
  const counted = async () =>
    (
      await runPython(`import struct, zlib
data = open('/mnt/data/chart.png', 'rb').read()
raw = zlib.decompress(data[data.index(b'IDAT') + 4:data.index(b'IEND') - 8])
pixels = [raw[row * 1804 + 1 + 3 * x:][:3] for row in range(401) for x in range(601)]
found = [pixels.count(bytes(colour)) for colour in ((31, 119, 180), (255, 127, 14), (44, 160, 44))]
print([round(10 * n / max(found)) for n in found])`)
    ).trim()
  const heights = async () =>
    (
      await runPython(`import struct, zlib
data = open('/mnt/data/chart.png', 'rb').read()
raw = zlib.decompress(data[data.index(b'IDAT') + 4:data.index(b'IEND') - 8])
blue = [sum(raw[row * 1804 + 1 + 3 * x:][:3] == bytes((31, 119, 180)) for row in range(401)) for x in (100, 300, 500)]
print([round(10 * n / max(blue)) for n in blue])`)
    ).trim()

  const numbers = await compute('Draw a bar chart of apples 2, pears 4 and plums: 10 with matplotlib')
  const [[, first] = ['', {}]] = numbers.calls
  assert.match(String(first['code']), /labels = \["apples","pears","plums"\]\nvalues = \[2, 4, 10\]/)
  assert.match(numbers.text, /Here is the bar chart: \[Download chart\.png\]/)
  assert.equal(await heights(), '[2, 4, 10]')

  await runPython(
    `with open('/mnt/data/sales.csv', 'w') as file: file.write('shop,year,sales\\nA,2020,10\\nB,2021,5\\nC,2022,1\\n')`,
  )
  const table = await compute('Please make a pie chart of the sales in sales.csv')
  assert.match(String(table.calls[1]?.[1]['code']), /plt\.pie/)
  assert.match(table.text, /Here is the pie chart/)
  assert.equal(await counted(), '[10, 5, 1]')
})

test('after two programs that fail it says so', async () => {
  const { calls, text } = await converse(
    'What is 1.5 * 2?',
    { tools: [interpreter] },
    () => 'MemoryError: no room',
  )
  assert.equal(calls.length, 2)
  assert.equal(text, 'I could not work out 1.5 * 2: 2 programs failed, with MemoryError: no room.')
})

test('files are written and read', async () => {
  const written = await compute('Write a CSV of squares 1..10')
  assert.match(written.text, /\[Download squares\.csv\]\(sandbox:\/mnt\/data\/squares\.csv\)/)
  const read = await compute('Summarise squares.csv')
  assert.match(read.text, /squares\.csv: 10 rows, 2 columns \(n, square\)/)
  assert.match(read.text, /square: mean 38\.5/)
})

test('without the code interpreter it computes nothing in its head', async () => {
  const { calls, text } = await converse('Solve 3x + 11 = 14')
  assert.equal(calls.length, 0)
  assert.match(text, /code interpreter.*not a language model/)
})

test('it chooses functions by their words and fills their arguments', async () => {
  const order = functionTool('lookup_order', 'Look up an order', { order_id: { type: 'string' } })
  const flight = functionTool('book_flight', 'Book a flight', {
    origin: { type: 'string' },
    destination: { type: 'string' },
    date: { type: 'string', format: 'date' },
    passengers: { type: 'integer' },
  })
  const tools = [order, flight, weather]
  const asked = async (question: string) => (await converse(question, { tools }, () => 'done')).calls
  assert.deepEqual(await asked('Where is my order #A-1234?'), [['lookup_order', { order_id: 'A-1234' }]])
  assert.deepEqual(await asked('Book a flight from Paris to New York on May 12, 2026 for 3 passengers'), [
    ['book_flight', { origin: 'Paris', destination: 'New York', date: '2026-05-12', passengers: 3 }],
  ])
  assert.deepEqual(await asked('Weather in San Francisco, CA and Rome in fahrenheit?'), [
    ['get_current_weather', { location: 'San Francisco, CA', unit: 'fahrenheit' }],
    ['get_current_weather', { location: 'Rome', unit: 'fahrenheit' }],
  ])
  assert.deepEqual(await asked('Tell me a joke'), [])
})

test('outputs of functions are told in words', async () => {
  const output = '{"temperature": 21, "sky": "clear"}'
  const { text } = await converse("What's the weather in Paris?", { tools: [weather] }, () => output)
  assert.equal(text, 'get_current_weather (Paris, celsius) says: temperature: 21, sky: clear')
})

test('several objects are one call each, one after another where only one is allowed', async () => {
  const options = { tools: [weather], prompt: [user('weather in Paris and Rome')] }
  const all = await model.doGenerate(options)
  assert.equal(all.content.length, 2)
  const one = await model.doGenerate({ ...options, providerOptions: oneToolCallAtATime })
  assert.equal(one.content.length, 1)
  const { calls } = await converse(
    'weather in Paris and Rome',
    { tools: [weather], providerOptions: oneToolCallAtATime },
    () => 'sunny',
  )
  assert.deepEqual(
    calls.map(([, { location }]) => location),
    ['Paris', 'Rome'],
  )
})

test('the choice of tools is honoured', async () => {
  const tools = [weather, interpreter]
  const called = async (
    question: string,
    toolChoice: NonNullable<LanguageModelV4CallOptions['toolChoice']>,
  ) =>
    (await model.doGenerate({ prompt: [user(question)], tools, toolChoice })).content.map((part) =>
      part.type === 'tool-call' ? part.toolName : part.type,
    )
  assert.deepEqual(await called('weather in Paris', { type: 'none' }), ['text'])
  assert.deepEqual(await called('Tell me a joke', { type: 'required' }), ['get_current_weather'])
  assert.deepEqual(await called('weather in Paris', { type: 'tool', toolName: 'code_interpreter' }), [
    'code_interpreter',
  ])
})

test('a JSON answer fits its schema, even one that contains itself', async () => {
  const answer = async (text: string, schema: object) => {
    const responseFormat = { type: 'json' as const, schema: schema as never }
    const { content } = await model.doGenerate({ prompt: [user(text)], responseFormat })
    return JSON.parse(content[0]?.type === 'text' ? content[0].text : '') as unknown
  }
  const event = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      date: { type: 'string' },
      participants: { type: 'array', items: { type: 'string' } },
      price: { type: ['number', 'null'] },
    },
    required: ['name', 'date', 'participants', 'price'],
  }
  assert.deepEqual(await answer('Alice and Bob are going to a science fair on Friday.', event), {
    name: 'Alice',
    date: 'Friday',
    participants: ['Alice', 'Bob'],
    price: null,
  })
  const tree = { type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#' } }, required: ['a', 'b'] }
  assert.equal(typeof (await answer('x', tree)), 'object')
  const { content } = await model.doGenerate({
    prompt: [user('Write JSON')],
    responseFormat: { type: 'json' },
  })
  assert(content[0]?.type === 'text' && typeof JSON.parse(content[0].text) === 'object')
})

test('a passage from the files is told with its citation', async () => {
  const search = functionTool('file_search', 'Search in files', {
    queries: { type: 'array', items: { type: 'string' } },
  })
  const passages =
    '【4:0†handbook.md】 page 1\nLunch is at noon.\n\nIt is long.\n\n' +
    '【4:1†handbook.md】 page 2\nEmployees have 30 days of vacation a year. Ask early.'
  const { calls, text } = await converse(
    'How many days of vacation are there?',
    { tools: [search] },
    () => passages,
  )
  assert.deepEqual(calls, [['file_search', { queries: ['How many days of vacation are there?'] }]])
  assert.equal(
    text,
    'I only quote. The files say: “Employees have 30 days of vacation a year.”【4:1†handbook.md】',
  )
})

test('a sentence that goes on in the next line of a page is quoted whole', async () => {
  const search = functionTool('file_search', 'Search in files', {
    queries: { type: 'array', items: { type: 'string' } },
  })
  const passages =
    '【4:0†policy.pdf】 page 1\nTravel\nTravel above 500 euros must be approved by the head of\nfinance, Maria Lopez,\nZurich. Ask early.'
  const { text } = await converse('Who approves travel above 500 euros?', { tools: [search] }, () => passages)
  assert.match(text, /approved by the head of finance, Maria Lopez, Zurich\.”【4:0†policy\.pdf】/)
})

test('it greets, and says what it is and how to connect a model', async () => {
  for (const question of ['Hello!', 'Who are you?', 'Why is the sky blue?', '']) {
    const { text } = await converse(question)
    assert.match(text, /not a language model/)
    assert.match(text, /OPENAI_API_KEY/)
  }
})

async function parts(options: Partial<LanguageModelV4CallOptions>, wordDelayMs = 0) {
  const { stream } = await demo({ wordDelayMs }).doStream({ prompt: [user('Hello')], ...options })
  const got: LanguageModelV4StreamPart[] = []
  for await (const part of stream) got.push(part)
  return got
}

test('text is streamed word by word and adds up to the whole', async () => {
  const deltas = (await parts({})).flatMap((part) => (part.type === 'text-delta' ? [part.delta] : []))
  assert(deltas.length > 10)
  const { content } = await model.doGenerate({ prompt: [user('Hello')] })
  assert(content[0]?.type === 'text')
  assert.equal(deltas.join(''), content[0].text)
})

test('an answer ends where its tokens end', async () => {
  const finish = (await parts({ maxOutputTokens: 5 })).at(-1)
  assert(finish?.type === 'finish')
  assert.equal(finish.finishReason.unified, 'length')
  assert((finish.usage.outputTokens.total ?? 0) <= 5)
})

test('an abort ends the answer at once', async () => {
  const abort = new AbortController()
  setTimeout(() => abort.abort(new Error('enough')), 20)
  await assert.rejects(parts({ abortSignal: abort.signal }, 10_000), /enough|abort/i)
})
