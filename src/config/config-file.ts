import { readFileSync } from 'node:fs'

/** Reads the file, which may be anything that JSON is. Problems call it `name`; without a path there is none. */
export function readConfigFile(path: string, name: string): { file: unknown; problems: string[] } {
  if (path === '') return { file: {}, problems: [] }
  try {
    return { file: JSON.parse(readFileSync(path, 'utf8')), problems: [] }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problem =
      code === 'ENOENT'
        ? `there is no file ${path}`
        : code === undefined
          ? `${path} is no JSON: ${message}`
          : `${path} cannot be read (${code})`
    return { file: {}, problems: [`${name}: ${problem}`] }
  }
}

/** Removes the keys that are not about models, because the check of the models refuses every other key. */
export function onlyModels(file: unknown): unknown {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) return file
  const {
    embedding: _embedding,
    reranker: _reranker,
    code_interpreter: _codeInterpreter,
    webhooks: _webhooks,
    strict: _strict,
    conversation_lock: _conversationLock,
    ...models
  } = file as Record<string, unknown>
  return models
}
