import type { Response } from '../api/responses.ts'
import { JsonView } from '../parts/JsonView.tsx'
import context from '../runs/Context.module.css'

/** Text, or the items that a prompt gives in its place. */
export const Instructions = ({ response: { instructions } }: { response: Response }) =>
  typeof instructions === 'string' ? (
    <pre className={context.text}>{instructions}</pre>
  ) : (
    <JsonView value={instructions} />
  )
