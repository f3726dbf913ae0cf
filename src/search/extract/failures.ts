import { ExtractionFailure } from './extracted.ts'

// The four sentences are those of the original. The detail after them tells users what they can do.
const text = (sentence: string, detail?: string) => (detail ? `${sentence} ${detail}` : sentence)

export const unsupported = (detail?: string) =>
  new ExtractionFailure('unsupported_file', text('The file type is not supported.', detail))

export const unreadable = (detail?: string) =>
  new ExtractionFailure('invalid_file', text('The file could not be parsed.', detail))

export const fileTooLarge = (detail?: string) =>
  new ExtractionFailure('invalid_file', text('The file could not be parsed because it is too large.', detail))

export const internal = (detail?: string) =>
  new ExtractionFailure('server_error', text('An internal error occurred.', detail))
