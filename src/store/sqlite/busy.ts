import { DatabaseUnavailable } from '../../errors/unavailable.ts'

const sqliteBusy = 5

/** Whether another process has held the file for too long. */
export const isBusy = (error: unknown): boolean =>
  ((error as { errcode?: number } | undefined)?.errcode ?? 0) % 256 === sqliteBusy

/** The error of a commit that another process has kept from beginning: nothing was written, and the next try may succeed. */
export const explainBusy = (error: unknown): unknown =>
  isBusy(error) ? new DatabaseUnavailable('another process holds the database', { cause: error }) : error
