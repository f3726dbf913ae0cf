import type { ApiError } from '../errors/errors.ts'
import { idForms } from '../common/ids.ts'
import type { Log } from '../common/log.ts'
import type { Reader } from '../store/database.ts'
import { wasDeleted } from '../store/taken-ids.ts'
import { commandLine } from '../common/called-as.ts'

/**
 * A program that was written for the original may ask for objects that it made there. The client gets the text of the
 * original. The log tells the operator, once, how to import such objects. An object that was deleted here does not
 * count.
 */
export function createOldIdHint(db: Reader, log: Log): (error: ApiError) => Promise<void> {
  let logged = false
  return async (error) => {
    if (logged || error.status !== 404) return
    const id = error.message.match(/\w+[-_]\w+/g)?.find(isWellFormed)
    if (id === undefined || (await wasDeleted(db, id)) || logged) return
    logged = true
    log('warn', 'a client asks for an id that is not here; ids from elsewhere can live again', {
      id,
      how: `"${commandLine('import FILE')}" brings old objects with their ids, and POST takes an \`id\`: docs/old-assistants.md`,
    })
  }
}

const isWellFormed = (text: string) => Object.values(idForms).some(({ pattern }) => pattern.test(text))
