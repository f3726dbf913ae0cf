import type { ComparisonFilter, Filter } from '../../../src/contract/vector-store-search.ts'
import { valueOf } from './attributes.ts'

export type Operator = ComparisonFilter['type']

/** One condition on the attributes of files. */
export interface Condition {
  key: string
  operator: Operator
  /** As it was typed: `in` and `nin` have several values with commas between them. */
  value: string
}

/** A search, as the address of the bench has it. */
export interface Search {
  query: string
  max: number
  threshold: number
  /** The weights of words and of vectors. */
  words: number
  vectors: number
  reranks: boolean
  conditions: Condition[]
  /** Whether all conditions have to be met, or any. */
  joined: 'and' | 'or'
}

export const usual: Search = {
  query: '',
  max: 10,
  threshold: 0,
  words: 1,
  vectors: 1,
  reranks: true,
  conditions: [],
  joined: 'and',
}

export const operators: { value: Operator; label: string }[] = [
  { value: 'eq', label: 'is' },
  { value: 'ne', label: 'is not' },
  { value: 'gt', label: '>' },
  { value: 'gte', label: '≥' },
  { value: 'lt', label: '<' },
  { value: 'lte', label: '≤' },
  { value: 'in', label: 'is one of' },
  { value: 'nin', label: 'is none of' },
]

export function readSearch(address: URLSearchParams): Search {
  const number = (name: string, otherwise: number) => {
    const value = Number(address.get(name) ?? otherwise)
    return Number.isFinite(value) ? value : otherwise
  }
  return {
    query: address.get('q') ?? usual.query,
    max: number('max', usual.max),
    threshold: number('threshold', usual.threshold),
    words: number('words', usual.words),
    vectors: number('vectors', usual.vectors),
    reranks: address.get('ranker') !== 'none',
    joined: address.get('joined') === 'or' ? 'or' : 'and',
    conditions: address.getAll('where').flatMap((text) => {
      const [, key = '', operator = '', value = ''] = /^(.*?):(\w+):(.*)$/s.exec(text) ?? []
      const known = operators.find((one) => one.value === operator)
      return known ? [{ key, operator: known.value, value }] : []
    }),
  }
}

/** Only what is not as usual is written. */
export function writeSearch(search: Search): URLSearchParams {
  const address = new URLSearchParams()
  if (search.query !== '') address.set('q', search.query)
  for (const name of ['max', 'threshold', 'words', 'vectors'] as const)
    if (search[name] !== usual[name]) address.set(name, String(search[name]))
  if (!search.reranks) address.set('ranker', 'none')
  if (search.joined === 'or') address.set('joined', 'or')
  for (const { key, operator, value } of search.conditions)
    address.append('where', `${key}:${operator}:${value}`)
  return address
}

/** The body of the request. */
export function toRequest({ query, max, threshold, words, vectors, reranks, conditions, joined }: Search) {
  const filters = conditions.filter(({ key }) => key !== '').map(toFilter)
  return {
    query,
    max_num_results: max,
    explain: true,
    ranking_options: {
      ranker: reranks ? 'auto' : 'none',
      score_threshold: threshold,
      ...((words > 0 || vectors > 0) && { hybrid_search: { text_weight: words, embedding_weight: vectors } }),
    },
    ...(filters.length > 0 && { filters: filters.length === 1 ? filters[0] : { type: joined, filters } }),
  }
}

function toFilter({ key, operator, value }: Condition): Filter {
  const isList = operator === 'in' || operator === 'nin'
  return {
    type: operator,
    key,
    value: isList ? value.split(',').map((one) => valueOf(one.trim())) : valueOf(value),
  }
}
