/**
 * Returns a function that asks. Its answer is null where asking fails, or takes longer than `ms`. Who asks while an answer is
 * waited for waits for the same one, so that a question which is never answered is asked once.
 */
export function answerWithin<T>(ms: number, ask: () => Promise<T>): () => Promise<T | null> {
  let asked: Promise<T | null> | undefined
  return async () => {
    asked ??= ask()
      .catch(() => null)
      .finally(() => (asked = undefined))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)))
    try {
      return await Promise.race([asked, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
