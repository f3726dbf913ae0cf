import { runSnippets } from './run-snippets.ts'

await runSnippets('pyodide', ['bwrap', 'landlock', 'unshare'])
