/** The current time in Unix seconds, the unit of every time on the wire. */
export const nowSeconds = () => Math.floor(Date.now() / 1000)
