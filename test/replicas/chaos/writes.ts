import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { NoAnswer, type Client, type Json } from './client.ts'
import type { Ledger } from './ledger.ts'

/** Writes that are repeated until one attempt is acknowledged. Earlier attempts may have succeeded as well. */
export interface Writes {
  /** Makes an object, which is then at its id below this path. */
  create(path: string, body: object): Promise<Json>
  /** Deletes an object that was acknowledged. */
  remove(path: string): Promise<void>
  /** Uploads a file with this text. */
  keepFile(name: string, text: string): Promise<string>
}

/** `settle` ends the runs of a thread when they are the reason why a write is refused. */
export function createWrites(
  client: Client,
  ledger: Ledger,
  settle: (threadId: string) => Promise<void>,
): Writes {
  async function acknowledged(path: string, body: object): Promise<Json> {
    for (;;) {
      try {
        const answer = await client.ask('POST', path, body)
        if (answer.status === 200) {
          ledger.heard++
          return answer.body
        }
        const message = String(answer.body.error?.message)
        assert.match(
          message,
          /while a run .* is active|already has an active run/,
          `POST ${path}: ${answer.status} ${message}`,
        )
        await settle(path.split('/')[2] ?? '')
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        ledger.unknown++
        await pause(50)
      }
    }
  }
  return {
    async create(path, body) {
      const object = await acknowledged(path, body)
      ledger.objects.set(`${path}/${object.id}`, object)
      return object
    },
    async remove(path) {
      ledger.objects.delete(path)
      const { status, body } = await client.askUntilAnswered('DELETE', path)
      // An earlier attempt may have deleted it.
      assert.ok(status === 200 || status === 404, `DELETE ${path}: ${status} ${JSON.stringify(body)}`)
      ledger.deleted.add(path)
      ledger.heard++
    },
    async keepFile(name, text) {
      const form = new FormData()
      form.set('purpose', 'assistants')
      form.set('file', new File([text], name))
      const file = await acknowledged('/files', form)
      ledger.objects.set(`/files/${file.id}`, file)
      ledger.contents.set(file.id, text)
      return file.id
    },
  }
}
