/** The output of a call when the model called a tool that it was not offered. */
export const unknownTool = (name: string) => `Error: there is no tool named '${name}'.`

/** What a run waits for, in words that follow "before" in a sentence. */
export const waitsFor = {
  files: 'the files of its thread were ready',
  tools: 'its tools had ended',
  budget: 'turns of other runs had ended, which may use up the same budget',
  answer: (model: string) => `the model '${model}' had answered`,
  limit: (why: string) => `a limit let its next request through: ${why}`,
  model: (name: string, reasons: string) => `the model '${name}' was found: ${reasons}`,
}

/** Why a run or a step ended: the messages of its `last_error`. */
export const lastError = {
  parameterLeftOut: (parameter: string) =>
    `Unsupported parameter: '${parameter}' is not supported with this model.`,
  /** `waitingFor` is one of `waitsFor`. It may end with a sentence of a provider, and so with a full stop. */
  expired: (waitingFor = 'it had ended') => `The run expired before ${waitingFor}.`.replace(/\.\.$/, '.'),
  givenUp: (losses: number) =>
    `The run was given up: the server's process ended ${losses} times while it worked on this run, and the run got no further.`,
  tooManySteps: (max: number) => `The run was stopped: it had taken ${max} steps without an end.`,
  tooManyUnknown: (times: number, name: string) =>
    `The run was stopped: ${times} times in a row, the model has called nothing but tools that there are not, and lastly '${name.slice(0, 200)}'.`,
  modelGone: (name: string, reasons: string) =>
    `The model '${name}' is not served here any more${reasons && ` (${reasons})`}.`,
  databaseTooSlow:
    'The database of this server did not carry out a statement of this work in time, in each of several tries.',
  filesAway: 'The store of files of this server could not be reached for several minutes.',
  /** All numbers are in tokens. */
  promptTooLong: (model: string, has: { newest: number; fixed: number; contextWindow: number }) =>
    `The prompt does not fit the model's context window: the newest message has about ${has.newest} tokens, instructions and tools have about ${has.fixed}, and '${model}' reads ${has.contextWindow}.`,
  noHostedTool: (tool: string, model: string) =>
    `The hosted tool '${tool}' is not supported with '${model}' any more.`,
  noLogprobs: (model: string) => `logprobs are not supported with '${model}' any more.`,
  formatNotFollowed: (model: string, why: string) =>
    `The model '${model}' does not support this response_format, and its answers did not follow it (${why}).`,
  /** The error of a step whose run continues. */
  attemptLost: 'The server that worked on the run was lost or stopped; another attempt has followed.',
  stepLost: 'The worker of this step was lost; the run went on from the step before.',
  schemaNotChecked: (why: string) => `response_format: the schema cannot be checked (${why}).`,
  pictureTooLarge: (megabytes: number) => `A picture of the thread is larger than ${megabytes} MB.`,
  pictureFormat: 'A picture of the thread is not a .jpeg, .png, .gif or .webp.',
  pictureNotLoaded: (address: string) => `Error while downloading ${address.slice(0, 200)}.`,
}
