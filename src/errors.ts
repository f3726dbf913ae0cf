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

/** 404, code null, param null. */
export const notFound = (what: Found, id: string) =>
  new ApiError(404, `No ${what} found with id '${cut(id)}'.`)

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

/** Clients ask again by themselves; the operator has to make room. */
export const diskFull = () =>
  new ApiError(507, 'The disk of this server is full: nothing can be kept until there is room again.', {
    type: 'server_error',
    code: 'disk_full',
  })

export const internalError = (requestId: string) =>
  new ApiError(
    500,
    'The server had an error processing your request. Sorry about that! You can retry your request. ' +
      `(Please include the request ID ${requestId} in a report.)`,
    { type: 'server_error' },
  )

/** What a run waits for whose tools are not ready, in words that go on after "before". */
export const filesReady = 'the files of its thread were ready'

/** What ends a run whose pictures cannot be sent, in its `last_error`. */
export const badPicture = {
  tooLarge: (megabytes: number) => `A picture of the thread is larger than ${megabytes} MB.`,
  unknownFormat: 'A picture of the thread is not a .jpeg, .png, .gif or .webp.',
}
