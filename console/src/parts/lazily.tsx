import { useEffect, useState, type ComponentType } from 'react'

/** A part of the console has not come: the server is away, or has another version by now. */
export class NotLoaded extends Error {}

/**
 * A component that is loaded when it is first shown, with `Meanwhile` in its place. React's own `lazy` keeps what has
 * loaded back for 300 ms, so that nothing flickers: a page in which one such part is in another would take a second.
 * What cannot be loaded is a fault of the room.
 */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Meanwhile?: ComponentType<Props>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined
  return function Lazily(props: Props) {
    const [Content, setContent] = useState(() => loaded)
    useEffect(() => {
      if (Content) return
      let isGone = false
      const show = (component: ComponentType<Props>) => {
        loaded = component
        if (!isGone) setContent(() => component)
      }
      const fail = (cause: unknown) =>
        setContent(() => {
          throw new NotLoaded('a part of the console has not come', { cause })
        })
      load().then(show, fail)
      return () => {
        isGone = true
      }
    }, [Content])
    if (Content) return <Content {...props} />
    return Meanwhile && <Meanwhile {...props} />
  }
}
