import { scripted } from '../src/models/scripted.ts'

/** A model that answers nobody until it is let go, and counts those that it is asked for at once. */
export function createHeldModel() {
  let working = 0
  let most = 0
  let released = Promise.withResolvers<void>()
  const model = scripted(async () => {
    most = Math.max(most, ++working)
    await released.promise
    working--
    return { text: 'Here.' }
  })
  return {
    model,
    /** How many answers are waited for at this moment. */
    get working() {
      return working
    },
    /** The largest number of them so far. */
    get most() {
      return most
    },
    /** Answers all that wait, and whoever asks from now on. */
    release: () => released.resolve(),
    /** Holds answers from now on, and counts anew. */
    hold() {
      released.resolve()
      released = Promise.withResolvers()
      working = most = 0
    },
  }
}
