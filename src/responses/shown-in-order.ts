/** Shows what comes for several places, counted from 0, one place after the other, whatever the order in which it comes. */
export class ShownInOrder {
  /** What was held back, by its place. */
  #held: (() => void)[][] = []
  #done: boolean[] = []
  /** The first place that is not done. */
  #current = 0

  /** Shows it now, or when all places before this one are done. */
  show(place: number, what: () => void): void {
    if (place === this.#current) what()
    else (this.#held[place] ??= []).push(what)
  }

  /** Nothing more comes for this place. */
  done(place: number): void {
    if (this.#done[place]) return
    this.#done[place] = true
    while (this.#done[this.#current]) {
      this.#current++
      // What is shown of the next place may in turn be all of it.
      for (const what of this.#held[this.#current]?.splice(0) ?? []) what()
    }
  }
}
