import { Markdown } from './Markdown.tsx'

/** Code in the colours of its language. */
export function Code({ language, children }: { language: 'python' | 'json'; children: string }) {
  // The fence is longer than any in the code.
  const longest = Math.max(2, ...Array.from(children.matchAll(/`+/g), ([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return <Markdown atOnce>{`${fence}${language}\n${children}\n${fence}`}</Markdown>
}
