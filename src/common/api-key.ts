import { hash } from 'node:crypto'

/** What is stored of a key: the SHA-256 of it, in hexadecimal digits. A key is random, so nobody guesses it from that. */
export const hashOfKey = (key: string): string => hash('sha256', key, 'hex')

/** Enough of a key for its owner to know it again. */
export const redactedKey = (key: string): string =>
  key.length < 24 ? `${key.slice(0, 3)}...` : `${key.slice(0, 12)}...${key.slice(-4)}`
