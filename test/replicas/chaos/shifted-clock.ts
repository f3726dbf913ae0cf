/** Loaded before a server, so that its time of day is off by so many milliseconds. Clocks that only count on are not. */
const offMs = Number(process.env['CHAOS_CLOCK_OFF_MS'])

class ShiftedDate extends Date {
  constructor(...given: [] | ConstructorParameters<typeof Date>) {
    if (given.length === 0) super(ShiftedDate.now())
    else super(...given)
  }
  static override now = (
    (now) => () =>
      now() + offMs
  )(Date.now)
}

globalThis.Date = ShiftedDate as DateConstructor
