import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client, Json } from './client.ts'

const stuckAfterMs = 120_000

/** Waits until no file of the store is in progress. Resolves with all its files. */
export async function indexed(client: Client, storeId: string): Promise<Json[]> {
  for (const deadline = Date.now() + stuckAfterMs; ; await pause(100)) {
    const { body } = await client.askUntilAnswered('GET', `/vector_stores/${storeId}/files?limit=100`)
    const files: Json[] = body.data
    if (files.every(({ status }) => status !== 'in_progress')) return files
    assert.ok(Date.now() < deadline, `files of ${storeId} are still in progress`)
  }
}
