/**
 * This module is loaded before a server and shifts its time of day by this many milliseconds. Monotonic clocks do not
 * change.
 */
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
