import { CannotStart } from '../errors/errors.ts'
import { BackupFailure } from '../store/backup/note.ts'
import { DataFolderFailure } from '../store/data-folder.ts'
import { CommandFailure } from './command.ts'

/** Returns the result of `open`. An error in it is reported as a command that has not begun. */
export async function begin<T>(open: () => T | Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof DataFolderFailure || error instanceof BackupFailure || error instanceof CannotStart)
      throw new CommandFailure(error.message)
    throw error
  }
}
