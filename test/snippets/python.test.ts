import { runSnippets } from './run-snippets.ts'

await runSnippets('python', ['zygote', 'bwrap', 'unshare', 'landlock'])
