import { Fragment, useEffect, useMemo, useRef } from 'react'
import classes from './LongText.module.css'

interface Props {
  /** For screen readers: what text it is. */
  name: string
  text: string
  /** The passage to mark and to bring into sight, in UTF-16 units of the text. */
  marked?: { start: number; end: number } | undefined
}

/** About how many characters are laid out together. */
const blockLength = 8_000

/** A text of any length: only what can be seen of it is laid out. */
export function LongText({ name, text, marked }: Props) {
  const blocks = useMemo(() => inBlocks(text), [text])
  const mark = useRef<HTMLElement>(null)
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'center' })
  }, [marked?.start, marked?.end, text])
  return (
    <pre className={classes.text} tabIndex={0} aria-label={name}>
      {blocks.map(({ start, end }) => {
        const from = Math.max(start, marked?.start ?? end)
        const to = Math.min(end, marked?.end ?? start)
        return (
          <span key={start} className={classes.block}>
            {from < to ? (
              <Fragment>
                {text.slice(start, from)}
                <mark {...(from === marked?.start && { ref: mark })}>{text.slice(from, to)}</mark>
                {text.slice(to, end)}
              </Fragment>
            ) : (
              text.slice(start, end)
            )}
          </span>
        )
      })}
    </pre>
  )
}

/** Blocks end with a line where there is one. */
function inBlocks(text: string): { start: number; end: number }[] {
  const blocks = []
  for (let start = 0; start < text.length;) {
    const line = text.indexOf('\n', start + blockLength)
    const end = line === -1 || line > start + 2 * blockLength ? start + 2 * blockLength : line + 1
    blocks.push({ start, end: Math.min(end, text.length) })
    start = end
  }
  return blocks
}
