/** The stream of a Claude that has searched, which says "Yes: it is 😀." and cites what it has found. */
export const claudeSearch = (stop_reason: string, result: unknown): object[] => [
  {
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'c',
      content: [],
      usage: { input_tokens: 9, output_tokens: 1 },
    },
  },
  {
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  },
  {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'input_json_delta', partial_json: '{"query":"is it so"}' },
  },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: result },
  },
  { type: 'content_block_stop', index: 1 },
  { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'Yes: ' } },
  { type: 'content_block_stop', index: 2 },
  { type: 'content_block_start', index: 3, content_block: { type: 'text', text: '', citations: [] } },
  { type: 'content_block_delta', index: 3, delta: { type: 'text_delta', text: 'it is 😀.' } },
  {
    type: 'content_block_delta',
    index: 3,
    delta: {
      type: 'citations_delta',
      citation: {
        type: 'web_search_result_location',
        cited_text: 'It is',
        url: 'https://a.de/1',
        title: 'A',
        encrypted_index: 'x',
      },
    },
  },
  { type: 'content_block_stop', index: 3 },
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } },
  { type: 'message_stop' },
]

/** The result of its search. */
export const claudeFound = [
  {
    type: 'web_search_result',
    url: 'https://a.de/1',
    title: 'A',
    page_age: null,
    encrypted_content: 'secret',
  },
]

/** The stream of a Claude with these blocks. */
export const claudeBlocks = (
  stop_reason: string,
  blocks: { content_block: object; deltas?: object[] }[],
  input_tokens = 9,
): object[] => [
  {
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'c',
      content: [],
      usage: { input_tokens, output_tokens: 1 },
    },
  },
  ...blocks.flatMap(({ content_block, deltas = [] }, index) => [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]),
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } },
  { type: 'message_stop' },
]

const claudeSearches = (id: string, query: string) => ({
  content_block: { type: 'server_tool_use', id, name: 'web_search', input: {} },
  deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify({ query }) }],
})

const claudeFinds = (tool_use_id: string, content: unknown) => ({
  content_block: { type: 'web_search_tool_result', tool_use_id, content },
})

const claudeCites = {
  type: 'web_search_result_location',
  cited_text: 'It is',
  url: 'https://a.de/1',
  title: 'A',
  encrypted_index: 'x',
}

const claudeSays = (text: string, citation?: object) => ({
  content_block: { type: 'text', text: '', ...(citation && { citations: [] }) },
  deltas: [{ type: 'text_delta', text }, ...(citation ? [{ type: 'citations_delta', citation }] : [])],
})

const unavailable = { type: 'web_search_tool_result_error', error_code: 'unavailable' }

const untilItsThirdSearch = [
  {
    content_block: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      { type: 'thinking_delta', thinking: 'I look it up.' },
      { type: 'signature_delta', signature: 'signed' },
    ],
  },
  claudeSearches('srvtoolu_1', 'is it so'),
  claudeFinds('srvtoolu_1', claudeFound),
  claudeSays('It seems so. ', claudeCites),
  claudeSearches('srvtoolu_2', 'really'),
  claudeFinds('srvtoolu_2', unavailable),
  claudeSearches('srvtoolu_3', 'is it'),
]

/** A Claude that pauses at its third search, and has read so many tokens. */
export const claudePausedAfter = (tokens: number): object[] =>
  claudeBlocks('pause_turn', untilItsThirdSearch, tokens)

export const claudePaused: object[] = claudePausedAfter(9)

/** What it has said by then, as it has to be sent back. */
export const claudePausedContent: object[] = [
  { type: 'thinking', thinking: 'I look it up.', signature: 'signed' },
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'is it so' } },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: claudeFound },
  { type: 'text', text: 'It seems so. ', citations: [claudeCites] },
  { type: 'server_tool_use', id: 'srvtoolu_2', name: 'web_search', input: { query: 'really' } },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_2', content: unavailable },
  { type: 'server_tool_use', id: 'srvtoolu_3', name: 'web_search', input: { query: 'is it' } },
]

/** How it goes on. */
export const claudeGoesOn = (stop_reason = 'end_turn'): object[] =>
  claudeBlocks(stop_reason, [claudeFinds('srvtoolu_3', claudeFound), claudeSays('It is 😀.', claudeCites)])

/** A chunk of Gemini. */
export const geminiSays = (text: string, more: object = {}) => ({
  candidates: [{ content: { parts: [{ text }] }, ...more }],
})
/** What Gemini tells of its search after "Schön. So ist es 😀." */
export const groundingMetadata = {
  webSearchQueries: ['is it so', 'so?'],
  groundingChunks: [
    { web: { uri: 'https://a.de/1', title: 'a.de' } },
    { web: { uri: 'https://b.de/2', title: 'b.de' } },
  ],
  groundingSupports: [
    // In bytes: "ö" has two.
    { segment: { startIndex: 8, endIndex: 22, text: 'So ist es 😀' }, groundingChunkIndices: [0, 1] },
    // An index that leads nowhere.
    { segment: { startIndex: 700, endIndex: 705, text: 'Schön' }, groundingChunkIndices: [1] },
    { segment: { startIndex: 0, endIndex: 3, text: 'nowhere' }, groundingChunkIndices: [0] },
  ],
}
