import assert from 'node:assert/strict'
import { streamed } from '../../acceptance/child.ts'
import type { SeenEvent } from '../../runs.ts'
import { timeoutMs } from './client.ts'

/**
 * Reads a stream to its end, or until it is cut or silent for too long. `onEvent` returns true at the last event. What it
 * finds wrong is thrown with the name of what is streamed.
 */
export async function readStream(
  name: () => string,
  response: Response,
  onEvent: (event: SeenEvent) => boolean,
  leave: AbortController,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(() => leave.abort(), timeoutMs)
  }
  try {
    wait()
    for await (const event of streamed(response)) {
      wait()
      if (onEvent(event)) return
    }
  } catch (error) {
    if (error instanceof assert.AssertionError)
      throw new Error(`${name()}: ${error.message}`, { cause: error })
  } finally {
    clearTimeout(timer)
    leave.abort()
  }
}
