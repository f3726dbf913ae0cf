/**
 * The positions of the `limit` highest values above 0, highest first. For equal values, the lower position is first.
 */
export function top(length: number, valueAt: (place: number) => number, limit: number): number[] {
  // A heap with the lowest value at the top.
  const places = new Uint32Array(limit)
  const values = new Float64Array(limit)
  let size = 0
  const below = (a: number, b: number) => {
    const [first, second] = [values[a] ?? 0, values[b] ?? 0]
    return first < second || (first === second && (places[a] ?? 0) > (places[b] ?? 0))
  }
  const swap = (a: number, b: number) => {
    const [place, value] = [places[a] ?? 0, values[a] ?? 0]
    places[a] = places[b] ?? 0
    values[a] = values[b] ?? 0
    places[b] = place
    values[b] = value
  }
  const sink = (at: number) => {
    for (;;) {
      let lowest = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < size && below(child, lowest)) lowest = child
      if (lowest === at) return
      swap(at, lowest)
      at = lowest
    }
  }
  for (let place = 0; place < length; place++) {
    const value = valueAt(place)
    if (!(value > 0)) continue
    if (size < limit) {
      places[size] = place
      values[size] = value
      for (let at = size++; at > 0 && below(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1)
    } else if (limit > 0 && value > (values[0] ?? 0)) {
      places[0] = place
      values[0] = value
      sink(0)
    }
  }
  const order = Array.from({ length: size }, (_, at) => at).toSorted((a, b) => (below(a, b) ? 1 : -1))
  return order.map((at) => places[at] ?? 0)
}
