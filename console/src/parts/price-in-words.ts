import { money } from './quantities.ts'

/** A price for a million tokens. Dollars have their sign, other currencies their name. */
export const priceInWords = (value: number, currency: string): string =>
  currency.toLowerCase() === 'usd' ? money(value) : `${money(value).slice(1)} ${currency.toUpperCase()}`
