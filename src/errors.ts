/** What a caller did wrong, in the wire's own envelope. Everything else that is thrown is a bug and becomes a 500. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  readonly headers: Record<string, string>

  constructor(
    status: number,
    message: string,
    more: {
      type?: string
      code?: string | null
      param?: string | null
      headers?: Record<string, string>
    } = {},
  ) {
    super(message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message)
    this.status = status
    this.type = more.type ?? 'invalid_request_error'
    this.code = more.code ?? null
    this.param = more.param ?? null
    this.headers = more.headers ?? {}
  }

  /** `{"error": {...}}` with all four keys, as the wire always sent it. */
  body(): { error: WireError } {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } }
  }
}

/** Everything that is wrong with the settings, each problem on a line. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: string[]
  /** Whether one of them is about an option of the command line. */
  readonly ofOption: boolean
  constructor(problems: string[], ofOption = false) {
    super(problems.join('\n'))
    this.problems = problems
    this.ofOption = ofOption
  }
}

/** Why the server cannot start, in a sentence for its operator, who can do something about it. */
export class CannotStart extends Error {
  override name = 'CannotStart'
}

/** Something that the server depends on is away for a while: the client is told to ask again. No secret is in the message. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** A list of ids may be as long as well. */
export const listed = (ids: string[], show = cut): string =>
  [...ids.slice(0, 100).map(show), ...(ids.length > 100 ? ['…'] : [])].join(', ')

/** In characters. Only what lists many names comes near it. */
const maxMessage = 25_000

/** What a caller sent, as it is shown in an error: a name or an id may be as long as the whole request. */
export const cut = (given: string): string => (given.length > 200 ? `${given.slice(0, 200)}…` : given)

export interface WireError {
  message: string
  type: string
  param: string | null
  code: string | null
}

type Found =
  | 'assistant'
  | 'thread'
  | 'message'
  | 'run'
  | 'run step'
  | 'vector store'
  | 'vector store file batch'

/** 404, code null; `param` names the field that has the id, where it is not in the path. */
export const notFound = (what: Found, id: string, param: string | null = null) =>
  new ApiError(404, `No ${what} found with id '${cut(id)}'.`, { param })

export const fileNotFound = (id: string) =>
  new ApiError(404, `No such File object: ${cut(id)}`, { param: 'id' })

export const storeFileNotFound = (id: string, storeId: string) =>
  new ApiError(404, `No file found with id '${cut(id)}' in vector store '${cut(storeId)}'.`)

export const uploadNotFound = (id: string) => new ApiError(404, `No such Upload object: ${cut(id)}`)

/** A file named in tool_resources, attachments or content. */
export const filesNotFound = (ids: string[], param: string) =>
  new ApiError(404, `No such File object: ${listed(ids)}`, { param })

/** `problems` say why a model of that name may be missing. */
export const modelNotFound = (name: string, available: string[], problems: string[] = []) =>
  new ApiError(
    404,
    [
      `The model '${cut(name)}' does not exist`,
      ...(available.length ? [`. Available here: ${available.join(', ')}.`] : []),
      ...(problems.length ? [`${available.length ? '' : '.'} Mind that ${problems.join('; ')}.`] : []),
    ].join(''),
    { param: 'model', code: 'model_not_found' },
  )

/** Thrown where the database cannot be reached now. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'
  /** It went away while a transaction was being committed: whether that is written is not known. */
  readonly whileCommitting: boolean
  constructor(
    message: string,
    { whileCommitting = false, ...options }: ErrorOptions & { whileCommitting?: boolean } = {},
  ) {
    super(message, options)
    this.whileCommitting = whileCommitting
  }
}

/** The SDKs ask again by themselves. */
export const databaseUnreachable = () =>
  new ApiError(
    503,
    'The database of this server cannot be reached at the moment. Please try again in a moment.',
    {
      type: 'server_error',
      code: 'database_unreachable',
      headers: { 'retry-after': '1' },
    },
  )

/** The SDKs ask again by themselves, after the time that is named. */
export const providerUnreachable = (name: string, reasons: string[]) =>
  new ApiError(503, `The model '${cut(name)}' cannot be looked up: ${reasons.join('; ')}.`, {
    type: 'server_error',
    param: 'model',
    code: 'provider_unreachable',
    headers: { 'retry-after': '1' },
  })

export const invalid = (message: string, param: string | null = null, code: string | null = null) =>
  new ApiError(400, message, { param, code })

/** An id that a request gives to a new object, where it is not free. */
export const idTaken = (
  what: 'assistant' | 'thread' | 'vector store' | 'file',
  id: string,
  { param, deleted }: { param: string; deleted: boolean },
) => {
  const named = `${what} with id '${id}'`
  const why = deleted
    ? `The ${named} was deleted, and ids are not used twice.`
    : `There is ${what === 'assistant' ? 'an' : 'a'} ${named} already.`
  return invalid(`Invalid '${param}': the ID is not free. ${why}`, param, 'id_not_free')
}

/** 400 and never 409: the SDKs retry a 409 by themselves. */
export const conflict = (message: string, code: string | null = null) => new ApiError(400, message, { code })

export const missingParameter = (param: string) =>
  invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter')

export const unknownParameter = (name: string) =>
  invalid(`Unknown parameter: '${name}'.`, name, 'unknown_parameter')

/** Clients read both ids out of this text and the next one. */
export const threadHasActiveRun = (threadId: string, runId: string) =>
  conflict(`Thread ${threadId} already has an active run ${runId}.`)

export const threadIsLocked = (threadId: string, runId: string) =>
  conflict(`Can't add messages to ${threadId} while a run ${runId} is active.`)

export const threadIsEmpty = () =>
  conflict(
    'Run creation requires a Thread with a user message or an assistant with instructions.',
    'invalid_thread',
  )

export const cannotChangeRun = (change: 'cancel' | 'update', status: string) =>
  conflict(`Cannot ${change} run with status '${status}'.`)

export const takesNoToolOutputs = (status: string) =>
  conflict(`Runs in status "${status}" do not accept tool outputs.`)

export const wrongToolOutputs = (expected: string[], got: string[]) =>
  conflict(`Expected tool outputs for call_ids ${pythonList(expected)}, got ${pythonList(got)}`)

/** Clients match the original's text, which was a Python list. */
const pythonList = (ids: string[]) => `[${listed(ids, (id) => `'${cut(id)}'`)}]`

export const storeIsExpired = (id: string) => conflict(`Vector store ${id} is expired.`)

/** Clients ask again by themselves; the operator has to make room. */
export const diskFull = () =>
  new ApiError(507, 'The disk of this server is full: nothing can be kept until there is room again.', {
    type: 'server_error',
    code: 'disk_full',
  })

/** The SDKs ask again by themselves, after the time that is named. */
export const storeUnavailable = () =>
  new ApiError(503, 'The server cannot reach what it keeps its data in. Please try again in a moment.', {
    type: 'server_error',
    code: 'store_unavailable',
    headers: { 'retry-after': '2' },
  })

export const internalError = (requestId: string) =>
  new ApiError(
    500,
    'The server had an error processing your request. Sorry about that! You can retry your request. ' +
      `(Please include the request ID ${requestId} in a report.)`,
    { type: 'server_error' },
  )

/** What the model is told of a call of a tool that it was not offered; the output of that call. */
export const unknownTool = (name: string) => `Error: there is no tool named '${name}'.`

/** What a run waits for, in words that go on after "before". */
export const waitsFor = {
  files: 'the files of its thread were ready',
  tools: 'its tools had ended',
  answer: (model: string) => `the model '${model}' had answered`,
  model: (name: string, reasons: string) => `the model '${name}' was found: ${reasons}`,
}

/** What ends a run or a step, in the message of its `last_error`. */
export const lastError = {
  /** `waitingFor` is one of `waitsFor`, which may end with a sentence of a provider. */
  expired: (waitingFor = 'it had ended') => `The run expired before ${waitingFor}.`.replace(/\.\.$/, '.'),
  givenUp: (losses: number) =>
    `The run was given up: the server's process ended ${losses} times while it worked on this run, and the run got no further.`,
  tooManySteps: (max: number) => `The run was stopped: it had taken ${max} steps without an end.`,
  modelGone: (name: string, reasons: string) =>
    `The model '${name}' is not served here any more${reasons && ` (${reasons})`}.`,
  /** All in tokens. */
  promptTooLong: (model: string, has: { newest: number; fixed: number; contextWindow: number }) =>
    `The prompt does not fit the model's context window: the newest message has about ${has.newest} tokens, instructions and tools have about ${has.fixed}, and '${model}' reads ${has.contextWindow}.`,
  formatNotFollowed: (model: string, why: string) =>
    `The model '${model}' does not support this response_format, and its answers did not follow it (${why}).`,
  /** Of a step, not of its run. */
  stepLost: 'The worker of this step was lost; the run went on from the step before.',
  schemaNotChecked: (why: string) => `response_format: the schema cannot be checked (${why}).`,
  pictureTooLarge: (megabytes: number) => `A picture of the thread is larger than ${megabytes} MB.`,
  pictureFormat: 'A picture of the thread is not a .jpeg, .png, .gif or .webp.',
  pictureNotLoaded: (address: string) => `Error while downloading ${address.slice(0, 200)}.`,
}
