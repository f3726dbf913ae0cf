/** Keys that the environment gives. '' where it gives none. */
export interface GivenKeys {
  apiKey: string
  adminKey: string
}

/** The keys that the operator has chosen, each empty where there is none, and what is wrong with them in words. */
export function readGivenKeys(read: (name: string) => string): GivenKeys & { problems: string[] } {
  const apiKey = read('THREADMILL_API_KEY')
  const adminKey = read('THREADMILL_ADMIN_KEY')
  const problems = [
    ...problemsOf('THREADMILL_API_KEY', apiKey),
    ...problemsOf('THREADMILL_ADMIN_KEY', adminKey),
  ]
  if (adminKey !== '' && adminKey === apiKey)
    problems.push('THREADMILL_ADMIN_KEY and THREADMILL_API_KEY must be two keys')
  return { apiKey, adminKey, problems }
}

function* problemsOf(name: string, key: string): Generator<string> {
  if (key !== '' && key.length < 16) yield `${name} must have 16 characters or more`
  if (/\s/.test(key)) yield `${name} must not contain spaces`
}
