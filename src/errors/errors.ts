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
  | 'webhook endpoint'
  | 'rate limit'
  | 'spend alert'
  | 'budget'
  | 'trace'

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
export const modelNotFound = (name: string, available: string[] = [], problems: string[] = []) =>
  new ApiError(404, `The model '${cut(name)}' does not exist${modelHint(available, problems)}`, {
    param: 'model',
    code: 'model_not_found',
  })

/** What follows the words of the original where a model is not found. It begins with the end of their sentence. */
export const modelHint = (available: string[], problems: string[]): string =>
  [
    ...(available.length ? [`. Available here: ${available.join(', ')}.`] : []),
    ...(problems.length ? [`${available.length ? '' : '.'} Mind that ${problems.join('; ')}.`] : []),
  ].join('')

export const invalid = (message: string, param: string | null = null, code: string | null = null) =>
  new ApiError(400, message, { param, code })

/** For a request that gives a new object an id which is already taken. */
export const idTaken = (
  what: 'assistant' | 'thread' | 'vector store' | 'file',
  id: string,
  { param, by }: { param: string; by: 'taken' | 'deleted' | 'unknown' },
) => {
  if (by === 'unknown') return invalid(`Invalid '${param}': the ID is not free.`, param, 'id_not_free')
  const named = `${what} with id '${id}'`
  const why =
    by === 'deleted'
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
  conflict(`Thread ${threadId} already has an active run ${runId}.${ofOtherApi(runId)}`)

export const threadIsLocked = (threadId: string, runId: string) =>
  conflict(`Can't add messages to ${threadId} while a run ${runId} is active.${ofOtherApi(runId)}`)

/** Of a response, which would go on with a message that its conversation does not have any more. */
export const messagesAreRead = (threadId: string, responseId: string) =>
  conflict(
    `Can't delete messages of ${threadId} while a run ${responseId} is active.${ofOtherApi(responseId)}`,
  )

export const isOfResponse = (runId: string) => runId.startsWith('resp_')

const ofOtherApi = (runId: string) =>
  isOfResponse(runId)
    ? ' It is a response of the Responses API in this conversation: wait for its end, or cancel it there.'
    : ''

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

/** For a key that is taken away while a request goes on. */
export const keyWasRevoked = () =>
  new ApiError(401, 'The API key of this request is no longer in force.', { code: 'invalid_api_key' })

/** For a key that every server is given at its start. */
export const keyOfSettings = () =>
  invalid(
    'This key is in the settings of the servers (THREADMILL_API_KEY, THREADMILL_ADMIN_KEY, or the file api-key): change it there, and start them again.',
    'api_key_id',
    'key_of_settings',
  )

export const webhookEndpointOfSettings = () =>
  invalid(
    'This webhook endpoint is in the config file of the servers: change it there, and start them again.',
    'webhook_endpoint_id',
    'webhook_endpoint_of_settings',
  )

export const webhookTestFailed = (reason: string) =>
  invalid(`The webhook endpoint could not be reached: ${reason}.`, null, 'webhook_test_failed')

export const storeIsExpired = (id: string) => conflict(`Vector store ${id} is expired.`)

export const internalError = (requestId: string) =>
  new ApiError(
    500,
    'The server had an error processing your request. Sorry about that! You can retry your request. ' +
      `(Please include the request ID ${requestId} in a report.)`,
    { type: 'server_error' },
  )
