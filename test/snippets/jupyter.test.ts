import { runSnippets } from './run-snippets.ts'

await runSnippets('jupyter', ['zygote', 'bwrap', 'unshare', 'landlock'])
