/** How many calls of each kind wait for whoever answers. */
export interface Asked {
  functions: number
  approvals: number
  computers: number
}

/** What the model waits for. */
export function askedInWords({ functions, approvals, computers }: Asked): string {
  const computer = 'something to be done on a computer, and to see the screen after it'
  if (functions + approvals === 0) return `The model wants ${computer}.`
  const more = computers > 0 ? ` It also wants ${computer}.` : ''
  return `${functions === 0 ? approvalsInWords(approvals) : functionsInWords(functions, approvals)}${more}`
}

const approvalsInWords = (approvals: number): string =>
  approvals === 1
    ? 'The model wants to call a tool of an MCP server, which somebody has to allow.'
    : `The model wants to make ${approvals} calls of MCP servers, which somebody has to allow.`

function functionsInWords(functions: number, approvals: number): string {
  const more = approvals > 0 ? ', and asks whether it may call MCP servers' : ''
  return functions === 1
    ? `The model calls a function of yours${more}. Answer as your program would.`
    : `The model calls ${functions} functions of yours at once${more}. Answer as your program would.`
}

/** What the form is called. */
export function formName({ functions, computers }: Asked): string {
  if (functions > 0) return 'Functions to answer'
  return computers > 0 ? 'Calls to answer' : 'Calls to approve'
}

/** What the button says. */
export function sendsInWords({ functions, approvals, computers }: Asked): string {
  const all = functions + approvals + computers
  if (all > 1) return functions === all ? `Send ${all} outputs` : 'Send the answers'
  if (computers > 0) return 'Send the screenshot'
  return approvals > 0 ? 'Send the answer' : 'Send the output'
}
