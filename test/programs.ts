import { delimiter } from 'node:path'
import { findProgram as findIn } from '../src/sandbox/launchers/launcher.ts'

/** Where the program is, also in the folders of an administrator. Undefined where it is not installed. */
export const findProgram = (name: string): string | undefined =>
  findIn(name, [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'])
