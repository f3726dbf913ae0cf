export const shells = ['bash', 'zsh', 'fish'] as const

/**
 * The output of `threadmill complete`, which the shells call, is a line for each word, with its description after a
 * tab. If the first line is `:files`, the shell itself completes names of files.
 */
export const filesMark = ':files'

/** The scripts that a shell loads once. They ask the program each time, so that they cannot become outdated. */
export const scripts: Readonly<Record<string, string>> = {
  bash: `# threadmill completion bash
_threadmill() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} answer
  answer=$("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $answer == ${filesMark} ]]; then
    cur=\${cur#--*=}
    [[ $cur == = ]] && cur=
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(cut -f 1 <<<"$answer"))
  fi
}
complete -F _threadmill threadmill
`,
  zsh: `#compdef threadmill
_threadmill() {
  local -a lines described
  lines=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[1] == ${filesMark} ]]; then
    compset -P '--*='
    _files
  else
    described=("\${(@)\${(@)lines//:/\\\\:}/$'\\t'/:}")
    _describe threadmill described
  fi
}
if [[ $funcstack[1] == _threadmill ]]; then
  _threadmill "$@"
else
  compdef _threadmill threadmill
fi
`,
  fish: `# threadmill completion fish
function __threadmill
  set -l words (commandline -opc) (commandline -ct)
  set -l answer ($words[1] complete -- $words[2..-1] 2>/dev/null)
  if test "$answer[1]" = ${filesMark}
    set -l typed (commandline -ct)
    set -l before (string match -r -- '^--[^=]+=' $typed)
    for path in (__fish_complete_path (string replace -r -- '^--[^=]+=' '' $typed))
      echo "$before$path"
    end
  else
    string join -- \\n $answer
  end
end
complete -c threadmill -f -a '(__threadmill)'
`,
}
