// The order of the events of a run, in pieces that tests put together; deltas that follow each other are one, as in `order`.

export const runBegins = ['thread.run.created', 'thread.run.queued', 'thread.run.in_progress']
export const stepBegins = ['thread.run.step.created', 'thread.run.step.in_progress']
/** A step of calls that are answered here. */
export const callStep = [...stepBegins, 'thread.run.step.delta', 'thread.run.step.completed']
/** A step in which the model says something. */
export const messageStep = [
  ...stepBegins,
  'thread.message.created',
  'thread.message.in_progress',
  'thread.message.delta',
  'thread.message.completed',
  'thread.run.step.completed',
]
export const runCompletes = ['thread.run.completed', 'done']
