/**
 * A mistake of a caller, in the error envelope of the wire. Everything else that is thrown is a bug and becomes a 500.
 */
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

  /** `{"error": {...}}` with all four keys, which the original always sent. */
  body(): { error: WireError } {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } }
  }
}

/** Everything that is wrong with the settings, one problem on each line. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: string[]
  /** Whether one of the problems is about an option of the command line. */
  readonly ofOption: boolean
  constructor(problems: string[], ofOption = false) {
    super(problems.join('\n'))
    this.problems = problems
    this.ofOption = ofOption
  }
}

/** Why the server cannot start, in a sentence for the operator, who can fix it. */
export class CannotStart extends Error {
  override name = 'CannotStart'
}

/**
 * Something that the server depends on is away for a while, and the client is told to try again. The message contains
 * no secret.
 */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** A list of ids for an error message. Only the first 100 are shown, because the list may be as long as the request. */
export const listed = (ids: string[], show = cut): string =>
  [...ids.slice(0, 100).map(show), ...(ids.length > 100 ? ['…'] : [])].join(', ')

/** The maximum length of an error message, in characters. Only messages that list many names come near it. */
const maxMessage = 25_000

/** Shortens a value of the caller for an error message, because a name or an id may be as long as the whole request. */
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
  | 'project'
  | 'service account'
  | 'API key'

/** A 404 with the code null. `param` names the field that holds the id, when the id is not in the path. */
export const notFound = (what: Found, id: string, param: string | null = null) =>
  new ApiError(404, `No ${what} found with id '${cut(id)}'.`, { param })

export const fileNotFound = (id: string) =>
  new ApiError(404, `No such File object: ${cut(id)}`, { param: 'id' })

export const storeFileNotFound = (id: string, storeId: string) =>
  new ApiError(404, `No file found with id '${cut(id)}' in vector store '${cut(storeId)}'.`)

export const uploadNotFound = (id: string) => new ApiError(404, `No such Upload object: ${cut(id)}`)

/** For files that are named in tool_resources, attachments or content. */
export const filesNotFound = (ids: string[], param: string) =>
  new ApiError(404, `No such File object: ${listed(ids)}`, { param })

/** `problems` say why a model with that name may be missing. */
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

/** Thrown when the database cannot be reached at the moment. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'
  /** True when the connection was lost during a commit, so that it is unknown whether the transaction was written. */
  readonly whileCommitting: boolean
  /** True when the database has ended the statement because it took too long. Each further try may end so. */
  readonly timedOut: boolean
  constructor(
    message: string,
    {
      whileCommitting = false,
      timedOut = false,
      ...options
    }: ErrorOptions & { whileCommitting?: boolean; timedOut?: boolean } = {},
  ) {
    super(message, options)
    this.whileCommitting = whileCommitting
    this.timedOut = timedOut
  }
}

/** Thrown when a statement of work in the background took too long in each of several tries. */
export class DatabaseTooSlow extends Error {
  override name = 'DatabaseTooSlow'
}

/** The official clients retry this status by themselves. */
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

/** The official clients retry this status by themselves, after the time in the header. */
export const providerUnreachable = (name: string, reasons: string[]) =>
  new ApiError(503, `The model '${cut(name)}' cannot be looked up: ${reasons.join('; ')}.`, {
    type: 'server_error',
    param: 'model',
    code: 'provider_unreachable',
    headers: { 'retry-after': '1' },
  })

export const invalid = (message: string, param: string | null = null, code: string | null = null) =>
  new ApiError(400, message, { param, code })

/** For a request that gives a new object an id which is already taken. */
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

/** The status is 400 and not 409, because the official clients retry a 409 by themselves. */
export const conflict = (message: string, code: string | null = null) => new ApiError(400, message, { code })

export const missingParameter = (param: string) =>
  invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter')

export const unknownParameter = (name: string) =>
  invalid(`Unknown parameter: '${name}'.`, name, 'unknown_parameter')

/** Clients parse both ids out of this text and the next one. */
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

/** Clients match the text of the original, which printed a Python list. */
const pythonList = (ids: string[]) => `[${listed(ids, (id) => `'${cut(id)}'`)}]`

export const projectIsArchived = (id: string) =>
  invalid(
    `Project '${cut(id)}' is archived, and cannot be changed any more.`,
    'project_id',
    'project_archived',
  )

export const defaultProjectStays = () =>
  invalid('The default project cannot be archived: it is that of the key in the settings.', 'project_id')

export const keyIsExpired = (id: string) =>
  invalid(`The API key '${cut(id)}' has expired, and cannot be changed any more.`, 'api_key_id')

/** For a key that every server is given at its start. */
export const keyOfSettings = () =>
  invalid(
    'This key is in the settings of the servers (THREADMILL_API_KEY, THREADMILL_ADMIN_KEY, or the file api-key): change it there, and start them again.',
    'api_key_id',
    'key_of_settings',
  )

export const storeIsExpired = (id: string) => conflict(`Vector store ${id} is expired.`)

/** Clients retry this status by themselves, but the operator has to free disk space. */
export const diskFull = () =>
  new ApiError(507, 'The disk of this server is full: nothing can be kept until there is room again.', {
    type: 'server_error',
    code: 'disk_full',
  })

/** The official clients retry this status by themselves, after the time in the header. */
export const storeUnavailable = () =>
  new ApiError(503, 'The server cannot reach what it keeps its data in. Please try again in a moment.', {
    type: 'server_error',
    code: 'store_unavailable',
    headers: { 'retry-after': '2' },
  })

/** The official clients retry this status by themselves. */
export const sessionElsewhere = () =>
  new ApiError(503, 'The server that has the Python session of this thread does not answer.', {
    type: 'server_error',
    code: 'session_unreachable',
    headers: { 'retry-after': '1' },
  })

export const internalError = (requestId: string) =>
  new ApiError(
    500,
    'The server had an error processing your request. Sorry about that! You can retry your request. ' +
      `(Please include the request ID ${requestId} in a report.)`,
    { type: 'server_error' },
  )

/** The output of a call when the model called a tool that it was not offered. */
export const unknownTool = (name: string) => `Error: there is no tool named '${name}'.`

/** What a run waits for, in words that follow "before" in a sentence. */
export const waitsFor = {
  files: 'the files of its thread were ready',
  tools: 'its tools had ended',
  answer: (model: string) => `the model '${model}' had answered`,
  model: (name: string, reasons: string) => `the model '${name}' was found: ${reasons}`,
}

/** Why a run or a step ended: the messages of its `last_error`. */
export const lastError = {
  /** `waitingFor` is one of `waitsFor`. It may end with a sentence of a provider, and so with a full stop. */
  expired: (waitingFor = 'it had ended') => `The run expired before ${waitingFor}.`.replace(/\.\.$/, '.'),
  givenUp: (losses: number) =>
    `The run was given up: the server's process ended ${losses} times while it worked on this run, and the run got no further.`,
  tooManySteps: (max: number) => `The run was stopped: it had taken ${max} steps without an end.`,
  modelGone: (name: string, reasons: string) =>
    `The model '${name}' is not served here any more${reasons && ` (${reasons})`}.`,
  databaseTooSlow:
    'The database of this server did not carry out a statement of this work in time, in each of several tries.',
  filesAway: 'The store of files of this server could not be reached for several minutes.',
  /** All numbers are in tokens. */
  promptTooLong: (model: string, has: { newest: number; fixed: number; contextWindow: number }) =>
    `The prompt does not fit the model's context window: the newest message has about ${has.newest} tokens, instructions and tools have about ${has.fixed}, and '${model}' reads ${has.contextWindow}.`,
  formatNotFollowed: (model: string, why: string) =>
    `The model '${model}' does not support this response_format, and its answers did not follow it (${why}).`,
  /** The error of a step whose run continues. */
  attemptLost: 'The server that worked on the run was lost or stopped; another attempt has followed.',
  stepLost: 'The worker of this step was lost; the run went on from the step before.',
  schemaNotChecked: (why: string) => `response_format: the schema cannot be checked (${why}).`,
  pictureTooLarge: (megabytes: number) => `A picture of the thread is larger than ${megabytes} MB.`,
  pictureFormat: 'A picture of the thread is not a .jpeg, .png, .gif or .webp.',
  pictureNotLoaded: (address: string) => `Error while downloading ${address.slice(0, 200)}.`,
}
