import type { ScriptedPart, ScriptedTurn } from '../src/models/scripted.ts'

/**
 * The orders of events in 116 recorded streams of the original, each with the number of its recordings, and with what makes
 * this server produce it or why it cannot. An order is written in words, one for each item, and `expandOrder` gives its events.
 * After a word, `<…>` has what its middle is made of: `*` is several deltas, `1` one delta, and `@` an annotation,
 * and `+` several.
 */
export interface RecordedOrder {
  streams: number
  order: string
  /** What begins and ends the stream, if not the usual three events. */
  begins?: string
  ends?: string
  /** The turns of the model, and what the request has. Several requests are one stream after another in a recording. */
  asked?: Asked[]
  /** Where its events differ from the recorded ones: the same order with that difference. */
  here?: string
  why?: string
  /** The type of the tool that it cannot be produced without. */
  refused?: string
}

export interface Asked {
  turns: ScriptedTurn[]
  params?: object
  /** The tools in place of the usual ones. */
  uses?: 'search' | 'code' | 'web' | 'image' | 'mcp' | 'mcp with approval' | 'three of mcp'
  /** The number after which the stream is read again. */
  after?: number
}

const text = { text: ['It ', 'is.'] }
const short = { name: 'get_weather', arguments: { city: 'Paris' } }
const long = { name: 'get_weather', arguments: { city: 'a city with a name of more than one piece' } }
const summary = { reasoning: { effort: 'low', summary: 'auto' } }
const background = { background: true }
const failing = { error: { status: 429, message: 'You exceeded your quota.', code: 'insufficient_quota' } }
/** Providers that keep reasoning to themselves say only that there was some. */
const silent = { reasoning: '' }
/** One part of a summary. */
const thought = ['Let me ', 'think.']

const search = { toolCalls: [{ name: 'file_search', arguments: { queries: ['Mariam likes ramen'] } }] }
/** What the model is told to write after something that it has from the only passage. */
const marker = '【0:0†facts.txt】'
const cited = { text: ['It ', 'is', marker, '.'] }
const rolls = { toolCalls: [{ name: 'lab__roll', arguments: { dice: '2d4' } }] }
const fails = { toolCalls: [{ name: 'lab__fail', arguments: {} }] }

const sought: ScriptedPart = {
  hosted: {
    name: 'web_search',
    result: { action: { type: 'search', query: 'Weather', queries: ['Weather'] } },
  },
}
const page = { url: 'https://example.com/', title: 'Weather', start: 0, end: 2 }
const thoughtSilently: ScriptedPart = { reasoning: '' }
const drawn: ScriptedPart = {
  hosted: { name: 'image_generation', partials: [{ result: 'aGFsZg==' }], result: { result: 'd2hvbGU=' } },
}

const program = (code: string) => ({ toolCalls: [{ name: 'code_interpreter', arguments: { code } }] })
const sums = program('numbers = [3, 5, 7]\nprint(sum(numbers))')
const writes = (...names: string[]) =>
  program(names.map((name) => `open('/mnt/data/${name}', 'w').write('x')`).join('\n'))
const linked = (...names: string[]) => ({
  text: ['See ', ...names.map((name) => `[${name}](sandbox:/mnt/data/${name}) `)],
})

export const clients =
  'a tool that the caller runs, and that is not served: functions and custom tools do the same'
export const providers = 'a tool that its provider runs, and that no provider is asked for'

export const recordedOrders: RecordedOrder[] = [
  { streams: 38, order: 'message', asked: [{ turns: [text] }] },
  { streams: 13, order: 'call', asked: [{ turns: [{ toolCalls: [long] }] }] },
  { streams: 4, order: 'call<1>', asked: [{ turns: [{ toolCalls: [short] }] }] },
  {
    streams: 5,
    begins: 'created queued in_progress',
    order: 'message',
    asked: [{ turns: [text], params: background }],
  },
  {
    streams: 2,
    begins: 'in_progress',
    order: 'message',
    asked: [{ turns: [text], params: background, after: 1 }],
  },
  {
    streams: 1,
    begins: 'queued in_progress',
    order: 'message',
    asked: [{ turns: [text], params: background, after: 0 }],
  },
  { streams: 1, order: '', ends: 'error failed', asked: [{ turns: [failing] }] },
  { streams: 1, order: 'reasoning call', asked: [{ turns: [{ ...silent, toolCalls: [long] }] }] },
  { streams: 1, order: 'reasoning message', asked: [{ turns: [{ ...silent, ...text }] }] },
  {
    streams: 1,
    order: 'reasoning message call',
    asked: [{ turns: [{ ...silent, ...text, toolCalls: [long] }] }],
  },
  {
    streams: 1,
    order: 'summary<1> message',
    asked: [{ turns: [{ reasoning: 'Let me think.', ...text }], params: summary }],
  },
  {
    streams: 1,
    order: 'summary<*> call | call | call | message',
    asked: [
      { turns: [{ reasoning: thought, toolCalls: [long] }], params: summary },
      { turns: [{ toolCalls: [long] }] },
      { turns: [{ toolCalls: [long] }] },
      { turns: [text] },
    ],
  },
  {
    streams: 1,
    order: 'message message',
    // What the model was not offered is not shown, and it goes on.
    asked: [{ turns: [{ ...text, toolCalls: [{ name: 'unknown', arguments: {} }] }, text] }],
  },
  {
    streams: 1,
    order: 'custom',
    here: 'custom<done>',
    why: 'the recording was written by hand; clients know an event at the end of the input',
    asked: [
      {
        turns: [
          { toolCalls: [{ name: 'write_sql', arguments: { input: 'select city, degrees from weather' } }] },
        ],
      },
    ],
  },
  {
    streams: 1,
    order: 'summary<***> message',
    asked: [{ turns: [{ reasoning: [thought, thought, thought], ...text }], params: summary }],
  },
  {
    streams: 2,
    order: 'summary<****> message',
    asked: [{ turns: [{ reasoning: [thought, thought, thought, thought], ...text }], params: summary }],
  },
  {
    streams: 2,
    order: 'message compaction',
    asked: [
      {
        turns: [{ ...text, usage: { input: 2_000, output: 9 } }, { text: 'It is.' }],
        params: { context_management: [{ type: 'compaction', compact_threshold: 1_000 }] },
      },
    ],
  },
  { streams: 3, order: 'search message<*@1>', asked: [{ uses: 'search', turns: [search, cited] }] },
  {
    streams: 1,
    order: 'reasoning search reasoning message<*@1>',
    asked: [
      {
        uses: 'search',
        turns: [
          { ...silent, ...search },
          { ...silent, ...cited },
        ],
      },
    ],
  },
  {
    streams: 1,
    order: 'reasoning search reasoning message<*@*@1>',
    asked: [
      {
        uses: 'search',
        turns: [
          { ...silent, ...search },
          { ...silent, text: ['It ', 'is', marker, ' and', ' was', marker, '.'] },
        ],
      },
    ],
  },
  {
    streams: 2,
    order: 'list reasoning approval',
    asked: [{ uses: 'mcp with approval', turns: [{ ...silent, ...rolls }] }],
  },
  {
    streams: 1,
    order: 'list reasoning message',
    asked: [{ uses: 'mcp', turns: [{ ...silent, ...text }] }],
  },
  { streams: 1, order: 'lists message', asked: [{ uses: 'three of mcp', turns: [text] }] },
  {
    streams: 1,
    order: 'list mcp<again> message',
    here: 'list mcp message',
    why: 'one recording alone says twice that a call is in progress',
    asked: [{ uses: 'mcp', turns: [rolls, text] }],
  },
  {
    streams: 1,
    order: 'list reasoning mcp message<1>',
    asked: [{ uses: 'mcp', turns: [{ ...silent, ...rolls }, { text: 'Four.' }] }],
  },
  {
    streams: 1,
    order: 'list reasoning mcp reasoning message',
    asked: [
      {
        uses: 'mcp',
        turns: [
          { ...silent, ...rolls },
          { ...silent, ...text },
        ],
      },
    ],
  },
  {
    streams: 1,
    order: 'list reasoning mcp<failed> reasoning mcp message',
    asked: [{ uses: 'mcp', turns: [{ ...silent, ...fails }, { ...silent, ...rolls }, text] }],
  },
  {
    streams: 1,
    order: 'list reasoning mcp reasoning mcp reasoning message',
    asked: [
      {
        uses: 'mcp',
        turns: [
          { ...silent, ...rolls },
          { ...silent, ...rolls },
          { ...silent, ...text },
        ],
      },
    ],
  },
  {
    streams: 2,
    order: 'message code message',
    asked: [{ uses: 'code', turns: [{ ...text, ...sums }, text] }],
  },
  {
    streams: 2,
    order: 'code message code message<*@>',
    asked: [{ uses: 'code', turns: [sums, { ...text, ...writes('a.csv') }, linked('a.csv')] }],
  },
  {
    streams: 1,
    order: 'reasoning code message<*+>',
    asked: [{ uses: 'code', turns: [{ ...silent, ...writes('a.csv', 'b.csv') }, linked('a.csv', 'b.csv')] }],
  },
  {
    streams: 1,
    order: 'summary<*> code code code<1> message',
    asked: [
      {
        uses: 'code',
        params: summary,
        turns: [{ reasoning: thought, ...sums }, sums, program('6 * 7'), text],
      },
    ],
  },
  {
    streams: 1,
    order: 'reasoning code reasoning code reasoning code reasoning message<*@>',
    asked: [
      {
        uses: 'code',
        turns: [
          { ...silent, ...sums },
          { ...silent, ...sums },
          { ...silent, ...writes('a.csv') },
          { ...silent, ...linked('a.csv') },
        ],
      },
    ],
  },
  {
    streams: 1,
    order: 'web message',
    asked: [{ uses: 'web', turns: [{ parts: [sought], ...text }] }],
  },
  {
    streams: 1,
    order: 'web message<*@>',
    asked: [{ uses: 'web', turns: [{ parts: [sought, { text: ['It ', 'is.', page] }] }] }],
  },
  {
    streams: 1,
    order: 'web message<*@*>',
    asked: [{ uses: 'web', turns: [{ parts: [sought, { text: ['It ', 'is', page, ' so', '.'] }] }] }],
  },
  {
    streams: 1,
    order: 'web web message<*@>',
    asked: [{ uses: 'web', turns: [{ parts: [sought, sought, { text: ['It ', 'is.', page] }] }] }],
  },
  {
    streams: 1,
    order: 'reasoning web reasoning message',
    asked: [{ uses: 'web', turns: [{ parts: [thoughtSilently, sought, thoughtSilently], ...text }] }],
  },
  {
    streams: 1,
    order: `${'reasoning web '.repeat(6)}reasoning message<${'*@'.repeat(12)}*>`,
    asked: [
      {
        uses: 'web',
        turns: [
          {
            parts: [
              ...Array.from({ length: 6 }, () => [thoughtSilently, sought]).flat(),
              thoughtSilently,
              { text: [...Array.from({ length: 12 }, () => ['It ', 'is', page]).flat(), ' so', '.'] },
            ],
          },
        ],
      },
    ],
  },
  {
    streams: 1,
    order: 'reasoning image message<>',
    asked: [{ uses: 'image', turns: [{ parts: [thoughtSilently, drawn, { text: '' }] }] }],
  },

  { streams: 2, order: 'tool_search_call', why: clients, refused: 'tool_search' },
  { streams: 1, order: 'apply_patch_call', why: clients, refused: 'apply_patch' },
  { streams: 1, order: 'apply_patch_call<*>', why: clients, refused: 'apply_patch' },
  { streams: 1, order: 'reasoning local_shell_call', why: clients, refused: 'local_shell' },
  { streams: 2, order: 'tool_search_call tool_search_output call', why: providers, refused: 'tool_search' },
  { streams: 1, order: 'program_output message', why: providers, refused: 'programmatic_tool_calling' },
  { streams: 1, order: 'reasoning program call<1>', why: providers, refused: 'programmatic_tool_calling' },
  { streams: 1, order: 'shell | message', why: providers, refused: 'shell' },
  { streams: 1, order: 'shell shell_output message', why: providers, refused: 'shell' },
  { streams: 1, order: 'shell shell_output shell shell_output message', why: providers, refused: 'shell' },
]

/** The middle of an item: its deltas and annotations. */
const middle = (of: string, delta: string, annotation = '') =>
  of.split('').map((one) => {
    if (one === '1') return delta
    return one === '*' ? `${delta}*` : one === '+' ? `${annotation}*` : annotation
  })

const item = (type: string, ...between: string[]) => [
  `output_item.added(${type})`,
  ...between,
  `output_item.done(${type})`,
]

/** An item whose work is told of by events of its own name. */
const worked = (type: string, ...stages: string[]) => item(type, ...stages.map((stage) => `${type}.${stage}`))

/** The events of an item by its word. */
const words: Record<string, (of: string) => string[]> = {
  message: (of) =>
    item(
      'message',
      'content_part.added',
      ...middle(of, 'output_text.delta', 'output_text.annotation.added'),
      'output_text.done',
      'content_part.done',
    ),
  call: (of) =>
    item('function_call', ...middle(of, 'function_call_arguments.delta'), 'function_call_arguments.done'),
  custom: (of) =>
    item(
      'custom_tool_call',
      'custom_tool_call_input.delta*',
      ...(of === 'done' ? ['custom_tool_call_input.done'] : []),
    ),
  summary: (of) =>
    item(
      'reasoning',
      ...of
        .split('')
        .flatMap((one) => [
          'reasoning_summary_part.added',
          ...middle(one, 'reasoning_summary_text.delta'),
          'reasoning_summary_text.done',
          'reasoning_summary_part.done',
        ]),
    ),
  code: (of) =>
    item(
      'code_interpreter_call',
      'code_interpreter_call.in_progress',
      ...middle(of, 'code_interpreter_call_code.delta'),
      'code_interpreter_call_code.done',
      'code_interpreter_call.interpreting',
      'code_interpreter_call.completed',
    ),
  search: () => worked('file_search_call', 'in_progress', 'searching', 'completed'),
  web: () => worked('web_search_call', 'in_progress', 'searching', 'completed'),
  image: () => worked('image_generation_call', 'in_progress', 'generating', 'partial_image', 'completed'),
  list: () => worked('mcp_list_tools', 'in_progress', 'completed'),
  lists: () => [
    ...Array.from({ length: 3 }, () => [
      'output_item.added(mcp_list_tools)',
      'mcp_list_tools.in_progress',
    ]).flat(),
    'mcp_list_tools.completed*',
    'output_item.done(mcp_list_tools)',
  ],
  mcp: (of) =>
    item(
      'mcp_call',
      'mcp_call.in_progress',
      'mcp_call_arguments.delta',
      ...(of === 'again' ? ['mcp_call.in_progress'] : []),
      'mcp_call_arguments.done',
      `mcp_call.${of === 'failed' ? 'failed' : 'completed'}`,
    ),
  approval: () => item('mcp_approval_request'),
  shell: () =>
    item('shell_call', 'shell_call_command.added', 'shell_call_command.delta*', 'shell_call_command.done'),
  shell_output: () =>
    item('shell_call_output', 'shell_call_output_content.delta', 'shell_call_output_content.done'),
  apply_patch_call: (of) =>
    item(
      'apply_patch_call',
      ...(of === '*'
        ? ['apply_patch_call_operation_diff.delta*', 'apply_patch_call_operation_diff.done']
        : []),
    ),
}

/** What is in the middle of an item unless its word says so. */
const usual: Record<string, string> = { message: '*', call: '*', code: '*' }

/** The events of each stream of an order, from its words. */
export function expandOrder(
  order: string,
  { begins = 'created in_progress', ends = 'completed' }: Pick<RecordedOrder, 'begins' | 'ends'> = {},
): string[][] {
  return order.split('|').map((stream) => [
    ...begins.split(' '),
    ...(stream.match(/\w+(?:<[^>]*>)?/g) ?? []).flatMap((word) => {
      const [, name = '', given] = /^(\w+)(?:<(.*)>)?$/.exec(word) ?? []
      return words[name]?.(given ?? usual[name] ?? '') ?? item(name)
    }),
    ...ends.split(' '),
  ])
}
