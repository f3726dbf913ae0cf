/** Where a text that is passed on has become longer or shorter than it arrived. Places count code points. */
export class TextChanges {
  /** `before` is how much longer the text has become by all changes before this one. */
  #changes: { at: number; by: number; before: number }[] = []
  #total = 0

  /** At this place of the text passed on something was added, or was left out where `by` is negative. */
  add(place: number, by: number): void {
    if (by === 0) return
    this.#changes.push({ at: place - this.#total, by, before: this.#total })
    this.#total += by
  }

  /** The place in the text passed on of a place in the text that arrived. */
  placeOf(arrived: number): number {
    const last = this.#changes[this.#countUntil(arrived) - 1]
    if (!last) return arrived
    const { at, by, before } = last
    return before + Math.max(at, arrived + by)
  }

  /** How many changes begin at or before a place in the text that arrived. Models may make very many. */
  #countUntil(arrived: number): number {
    let [low, high] = [0, this.#changes.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#changes[middle]?.at ?? 0) <= arrived) low = middle + 1
      else high = middle
    }
    return low
  }
}
