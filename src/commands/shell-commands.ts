import type { Command } from './command.ts'
import { complete } from './complete.ts'
import { filesMark, scripts, shells } from './completion.ts'
import { help } from './help.ts'
import { commandGroupOf } from './parse.ts'

/** Commands about the commands themselves. */
export const shellCommands: readonly Command[] = [
  {
    name: 'completion',
    summary: 'prints what a shell reads to complete the words of this program',
    parameters: [{ name: 'SHELL', help: shells.join(', '), values: shells }],
    examples: [
      'threadmill completion bash > ~/.local/share/bash-completion/completions/threadmill',
      'threadmill completion zsh > "${fpath[1]}/_threadmill"',
      'threadmill completion fish > ~/.config/fish/completions/threadmill.fish',
    ],
    run: async (given, { output }) => {
      output.print((scripts[given.parameter('SHELL')] ?? '').trimEnd())
      return 0
    },
  },
  {
    name: 'complete',
    summary: 'what the scripts of "completion" ask',
    parameters: [{ name: 'WORD', help: 'words that were typed, behind "--"', many: true, optional: true }],
    hidden: true,
    run: async (given, { output, commands }) => {
      const { words, files } = complete(given.parameters('WORD'), commands)
      if (files) output.print(filesMark)
      for (const { word, help } of words) output.print(`${word}\t${help}`)
      return 0
    },
  },
  {
    name: 'help',
    summary: 'shows the help of a command, or of all',
    parameters: [{ name: 'COMMAND', help: 'its words', many: true, optional: true }],
    examples: ['threadmill help files add'],
    run: async (given, { output, commands, program }) => {
      const words = commandGroupOf(given.parameters('COMMAND'), commands)
      output.print(help(words, { commands, program, columns: output.columns }).trimEnd())
      return 0
    },
  },
]
