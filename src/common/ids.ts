import { randomBytes, randomUUID } from 'node:crypto'

const alphanumeric = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

let pool = Buffer.alloc(0)

/** Random bytes, read from the system a page at a time, because a page costs hardly more than a few bytes. */
function bytes(count: number): Buffer {
  if (pool.length < count) pool = randomBytes(4_096)
  const taken = pool.subarray(0, count)
  pool = pool.subarray(count)
  return taken
}

/**
 * Returns random characters, each with the same probability. Bytes beyond the last whole multiple of the alphabet's
 * length are dropped, because they would make some characters more likely.
 */
function random(length: number, alphabet: string): string {
  const limit = 256 - (256 % alphabet.length)
  let out = ''
  while (out.length < length) {
    for (const byte of bytes(length + 8)) {
      if (byte < limit && out.length < length) out += alphabet[byte % alphabet.length]
    }
  }
  return out
}

const hex = () => randomUUID().replaceAll('-', '')
/** 32 hexadecimal digits. The first eight are the time in Unix seconds, as on the wire since 2025. */
const timed = () =>
  Math.floor(Date.now() / 1000)
    .toString(16)
    .padStart(8, '0') + hex().slice(8)

/**
 * 24 letters and digits: the time in milliseconds, and 17 random ones. What is new has its place side by side in each index of
 * a table that grows with every run, so that a commit writes few pages, and not one for every id.
 */
function inOrder(): string {
  let time = ''
  for (let left = Date.now(); time.length < 7; left = Math.floor(left / alphanumeric.length))
    time = alphanumeric[left % alphanumeric.length] + time
  return time + random(17, alphanumeric)
}

/** Only letters and digits follow the prefix, because clients find thread and run ids in error texts with a pattern. */
export const newAssistantId = () => `asst_${random(24, alphanumeric)}`
export const newThreadId = () => `thread_${inOrder()}`
export const newMessageId = () => `msg_${inOrder()}`
export const newRunId = () => `run_${inOrder()}`
export const newStepId = () => `step_${inOrder()}`
/** Something that was said to a response while it was made. */
export const newSteerId = () => `steer_${hex()}`
export const newCallId = () => `call_${random(24, alphanumeric)}`
/**
 * The id of a response: 16 digits that are the same in the whole chain, a version, the time, and random ones. With the id
 * of the response that it follows, it is of the same chain.
 */
export const newResponseId = (previous?: string) => inChain('resp', previous)
/** The id of an item of a response, with the prefix of its kind. */
export const newItemId = (prefix: string, responseId: string) => inChain(prefix, responseId)

/** A thread that is begun as a conversation. The digits that responses in it share come last. */
export const newConversationThreadId = () => `thread_${timed()}${chainDigits()}`

/** The time in milliseconds, and five random digits: for the same reason as the time of `inOrder`. */
const chainDigits = () => Date.now().toString(16).padStart(11, '0') + hex().slice(0, 5)

function inChain(prefix: string, of = ''): string {
  const [, chain] =
    /^[a-z]+_([0-9a-f]{16})[0-9a-f]{34}$/.exec(of) ?? /^conv_[0-9a-f]{32}([0-9a-f]{16})$/.exec(of) ?? []
  return `${prefix}_${chain ?? chainDigits()}00${timed()}`
}

export const newFileId = () => `file-${random(22, base58)}`
/** Of a file that is found only in its sandbox. In a container it begins with `cfile_`, and the same 32 digits follow. */
export const newSandboxFileId = () => `file-${timed()}`
export const newContainerId = () => `cntr_${timed()}${hex().slice(0, 16)}`
export const newUploadId = () => `upload_${timed()}`
export const newPartId = () => `part_${timed()}`
export const newVectorStoreId = () => `vs_${timed()}`
export const newFileBatchId = () => `vsfb_${hex()}`
export const newRequestId = () => `req_${hex()}`
export const newProjectId = () => `proj_${random(24, alphanumeric)}`
export const newServiceAccountId = () => `svc_acct_${random(24, alphanumeric)}`
export const newApiKeyId = () => `key_${random(24, alphanumeric)}`
export const newSpendLimitId = () => `limit_${random(24, alphanumeric)}`
export const newSpendAlertId = () => `alert_${random(24, alphanumeric)}`
export const newBudgetId = () => `budget_${random(24, alphanumeric)}`
export const newAuditLogId = () => `audit_log-${random(24, alphanumeric)}`
export const newChatCompletionId = () => `chatcmpl-${random(29, alphanumeric)}`
export const newWebhookEndpointId = () => `whe_${hex()}`
/** Of an event, which all endpoints are told of under one id of a delivery. */
export const newWebhookEventId = () => `evt_${hex()}`
export const newWebhookId = () => `wh_${hex()}`
const apiKeyPrefix = 'sk-tm-'
export const newApiKey = () => `${apiKeyPrefix}${random(40, alphanumeric)}`
/** The beginnings of the other keys are those of the original, because programs look at them. */
export const newServiceAccountKey = () => `sk-svcacct-tm-${random(40, alphanumeric)}`
export const newAdminApiKey = () => `sk-admin-tm-${random(40, alphanumeric)}`
export const isGeneratedApiKey = (key: string) => /^sk-(svcacct-|admin-)?tm-/.test(key)

/** The form of the ids that the original made: their prefix and a pattern for the whole id. */
export interface IdForm {
  prefix: string
  pattern: RegExp
}

/** The ids of vector stores had 24 letters and digits before 2025. The ids of Azure's files begin with `assistant-`. */
export const idForms = {
  assistant: { prefix: 'asst', pattern: /^asst_[A-Za-z0-9]{24}$/ },
  thread: { prefix: 'thread', pattern: /^thread_[A-Za-z0-9]{24}$/ },
  'vector store': { prefix: 'vs', pattern: /^vs_([A-Za-z0-9]{24}|[0-9a-f]{32})$/ },
  file: { prefix: 'file', pattern: /^(file|assistant)-[A-Za-z0-9]{22,24}$/ },
} satisfies Record<string, IdForm>

export type KindOfId = keyof typeof idForms
