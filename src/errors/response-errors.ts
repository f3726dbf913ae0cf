import { ApiError, cut, invalid, modelHint } from './errors.ts'
import { lastError } from './last-error.ts'

/** The errors of the Responses API, with the texts of the original. */

export const responseNotFound = (id: string) => new ApiError(404, `Response with id '${cut(id)}' not found.`)

export const previousNotFound = (id: string) =>
  invalid(
    `Previous response with id '${cut(id)}' not found.`,
    'previous_response_id',
    'previous_response_not_found',
  )

export const promptNotFound = (id: string) => new ApiError(404, `Prompt with id '${cut(id)}' not found.`)

/** Assistants, which can be named as prompts, have no versions. */
export const promptHasNoVersion = (id: string, version: string) =>
  new ApiError(
    404,
    `Prompt with id '${cut(id)}' and version '${cut(version)}' not found. An assistant has no versions: leave 'prompt.version' out.`,
  )

export const unknownVariables = (names: readonly [string, ...string[]]) =>
  invalid(
    `Unknown prompt variables: ${cut(names.join(', '))}`,
    `prompt.variables.${cut(names[0])}`,
    'prompt_variable_unknown',
  )

export const missingVariables = (names: readonly [string, ...string[]]) =>
  invalid(
    `Missing prompt variables: ${cut(names.join(', '))}`,
    `prompt.variables.${cut(names[0])}`,
    'prompt_variable_missing',
  )

/** Of a stored file. `extension` is that of its name. */
export const notOfPicture = (extension: string) =>
  invalid(
    `Invalid input: Expected image type to be a supported format: .jpeg, .jpg, .png, .gif, .webp but got ${cut(extension) || 'none'}.`,
    'input',
  )

export const noPicture = () =>
  invalid(
    "The image data you provided does not represent a valid image. Please check your input and try again with one of the supported image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].",
    'input',
    'invalid_value',
  )

export const pictureTooLarge = (max: number) =>
  invalid(`A picture may have ${max / 2 ** 20} MB.`, 'input', 'image_file_too_large')

/** `why` is what a request with this tool would be told. */
export const toolOfPrompt = (why: string) =>
  invalid(`The assistant that 'prompt' names has a tool that a response cannot have: ${why}`, 'prompt')

export const interpreterIsOff = (param: string) =>
  invalid(
    "The hosted tool 'code_interpreter' is not supported by this server: it is switched off.",
    param,
    'unsupported_parameter',
  )

export const conversationNotFound = (id: string) =>
  new ApiError(404, `Conversation with id '${cut(id)}' not found.`)

export const containerNotFound = (id: string) =>
  new ApiError(404, `Container with id '${cut(id)}' not found.`)

/** A response is refused with 400, and what asks for files of the container with 404 (as recorded). */
export const containerExpired = (status: 400 | 404) => new ApiError(status, 'Container is expired.')

export const containerFileNotFound = (id: string, containerId: string) =>
  new ApiError(404, `File ${cut(id)} not found on container ${cut(containerId)}.`)

export const memoryBeyondSandbox = (limit: string, param: string) =>
  invalid(
    `Unsupported value: '${limit}' is not supported by this server, whose Python sessions have less memory.`,
    param,
    'unsupported_value',
  )

export const itemNotInConversation = (id: string) =>
  new ApiError(404, `Item with id '${cut(id)}' not found in conversation.`)

/** The Agents SDKs wait and ask again where they read this code. */
export const conversationLocked = () =>
  invalid(
    'Another process is currently operating on this conversation. Please retry in a few seconds.',
    'conversation',
    'conversation_locked',
  )

export const itemNotFound = (id: string) =>
  new ApiError(
    404,
    `Item with id '${cut(id)}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    { param: 'input' },
  )

/** The names in it are shortened, as the original did. */
export const mutuallyExclusive = () =>
  invalid(
    "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
    null,
    'mutually_exclusive_parameters',
  )

/** As in the original, only the ends of the content are repeated. */
export const invalidEncryptedContent = (content: string) =>
  invalid(
    `The encrypted content ${content.length > 12 ? `${content.slice(0, 4)}...${content.slice(-4)}` : cut(content)} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    null,
    'invalid_encrypted_content',
  )

export const noInput = () =>
  invalid(
    'One of "input" or "previous_response_id" or \'prompt\' or \'conversation\' must be provided.',
    null,
    'missing_required_parameter',
  )

export const noLogprobs = (param: 'include' | 'top_logprobs', model: string) =>
  invalid(`logprobs are not supported with ${cut(model)}.`, param, 'unsupported_parameter')

export const unsupportedParameter = (param: string) =>
  invalid(`Unsupported parameter: '${param}' is not supported with this model.`, param)

export const storeNotFound = (id: string) =>
  new ApiError(404, `Vector store with id ['${cut(id)}'] not found.`)

export const noRequestFor = (id: string) =>
  invalid(`No approval request found for approval response with approval_request_id ${cut(id)}.`, 'input')

export const choiceWithoutTools = () =>
  invalid("Tool choice 'required' must be specified with 'tools' parameter.", 'tool_choice')

export const choiceNotOffered = (name: string) =>
  invalid(`Tool choice '${cut(name)}' not found in 'tools' parameter.`, 'tool_choice')

export type OfCall = 'function call' | 'custom tool call' | 'computer call'

export const noOutputFor = (kind: OfCall, callId: string) =>
  invalid(`No tool output found for ${kind} ${cut(callId)}.`, 'input')

export const reasoningAlone = (id: string) =>
  invalid(`Item '${cut(id)}' of type 'reasoning' was provided without its required following item.`, 'input')

/** `kind` is what stands there twice. The words are those for ids of items. */
export const duplicateCall = (kind: OfCall | `${OfCall} output`, callId: string) =>
  invalid(
    `Duplicate ${kind} found with call_id ${cut(callId)}. Remove duplicate items from your input and try again.`,
    'input',
  )

export const schemaNotStrict = (fault: string, of: { tool: number; name: string } | { format: string }) =>
  'tool' in of
    ? invalid(
        `Invalid schema for function '${cut(of.name)}': ${fault}`,
        `tools[${of.tool}].parameters`,
        'invalid_function_parameters',
      )
    : invalid(
        `Invalid schema for response_format '${cut(of.format)}': ${fault}`,
        'text.format.schema',
        'invalid_json_schema',
      )

export const lacksWordJson = () =>
  invalid(
    "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
    'input',
  )

export const contradictoryApprovals = (id: string) =>
  invalid(`The approval request ${cut(id)} is both approved and denied in 'input'.`, 'input')

export const needsStore = () =>
  invalid(
    "Unsupported parameter: 'background' requires 'store' to be true.",
    'background',
    'unsupported_parameter',
  )

export const noCallFor = (kind: OfCall, callId: string) =>
  invalid(`No tool call found for ${kind} output with call_id ${cut(callId)}.`, 'input')

/** In place of the 404 that other APIs have for it. */
export const modelUnknown = (name: string, available: string[] = [], problems: string[] = []) =>
  invalid(
    `The requested model '${cut(name)}' does not exist${modelHint(available, problems) || '.'}`,
    'model',
    'model_not_found',
  )

/** Of an upload of a format that no text is read of, and of one that is broken. */
export const fileNotRead = (
  filename: string,
  { code, message }: { code: 'unsupported_file' | 'invalid_file' | 'server_error'; message: string },
) => {
  if (code === 'server_error')
    return new ApiError(500, `The file '${cut(filename)}' could not be read: ${message}`, {
      type: 'server_error',
      code,
    })
  return code === 'unsupported_file'
    ? invalid('The file type you uploaded is not supported. Please try again with a pdf', 'input', code)
    : invalid(`The file '${cut(filename)}' could not be read: ${message}`, 'input', code)
}

export const filesTooLarge = (max: number) =>
  invalid(`The files of a request may have ${max / 2 ** 20} MB together.`, 'input', 'file_too_large')

export const filesTooLong = (max: number) =>
  invalid(
    `The text of the files of a request may have ${max} characters together.`,
    'input',
    'file_too_large',
  )

export const notDownloaded = (address: string) =>
  invalid(`Error while downloading ${cut(address)}.`, 'url', 'invalid_value')

export const noSummary = (model: string) =>
  new ApiError(500, `The model '${cut(model)}' has written no summary. Try again, or with another model.`, {
    type: 'server_error',
    code: 'server_error',
  })

export const cannotDeleteInFlight = () => invalid('Cannot delete an in-flight response.')

/** `what` is its status, or that its caller waits for it. */
export const cannotCancelResponse = (what: string) =>
  invalid(
    what === 'incomplete'
      ? 'Cannot cancel a response in terminal state.'
      : `Cannot cancel a ${what} response.`,
  )

export const cannotStream = (lacks: 'background' | 'stream') =>
  invalid(`This response cannot be streamed because it was not created with ${lacks}=true.`, 'stream')

/** The `error` of a response that was not finished in time. */
export const outOfTime = { code: 'server_error' as const, message: lastError.expired() }

/** The official clients retry this status by themselves. */
export const serverCloses = () =>
  new ApiError(503, 'The server closes. The response goes on, but not for this request.', {
    type: 'server_error',
    code: 'server_closes',
    headers: { 'retry-after': '1' },
  })

/** What a connection is told, in the words of the original. */
export const connectionTooOld = (minutes: number) =>
  invalid(
    `Responses websocket connection limit reached (${minutes} minutes). Create a new websocket connection to continue.`,
    null,
    'websocket_connection_limit_reached',
  )

export const tooManyLanes = (max: number) =>
  invalid(
    `This WebSocket connection has reached its maximum number of distinct stream IDs (${max}). Reuse an existing stream_id or open a new WebSocket connection.`,
    'stream_id',
    'websocket_stream_limit_reached',
  )

/** The original says nothing of how much may wait. */
export const tooMuchWaits = (max: number) =>
  new ApiError(
    429,
    `Too many requests wait for their turn on this WebSocket connection (at most ${max}, and 16 MB). Wait for responses to end, or open a new WebSocket connection.`,
    { code: 'websocket_queue_full' },
  )

export const unknownFrame = (type: string) =>
  invalid(`Invalid value: '${cut(type)}'. Supported values are: 'response.create'.`, 'type', 'invalid_value')
