import type { UploadPurpose } from '../api/uploads.ts'

/** What a file may be uploaded for, in the words of the API. */
export const uploadPurposes: { value: UploadPurpose; label: string }[] = [
  { value: 'assistants', label: 'assistants' },
  { value: 'vision', label: 'vision' },
  { value: 'user_data', label: 'user_data' },
  { value: 'batch', label: 'batch' },
  { value: 'fine-tune', label: 'fine-tune' },
  { value: 'evals', label: 'evals' },
]

/** By which the list can be filtered. */
export const filePurposes = [...uploadPurposes.map(({ value }) => value), 'assistants_output']
