import calls from '../calls/Calls.module.css'
import classes from './Items.module.css'

/** What a search was asked for, in files or in the web. */
export const Queries = ({ queries }: { queries: readonly string[] }) => (
  <>
    <span className={calls.label}>Asked for</span>
    <ul className={classes.queries}>
      {queries.map((query, index) => (
        <li key={index}>{query}</li>
      ))}
    </ul>
  </>
)
