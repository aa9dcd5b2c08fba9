/** `1 day`, `3.5 days`, `1 letter is`, `0 letters are`. */
export function counted(amount: number | string, one: string, several = `${one}s`): string {
  return `${amount} ${String(amount) === '1' ? one : several}`;
}

/** `1 school day`, `5 school days`. */
export function schoolDays(count: number): string {
  return counted(count, 'school day');
}

/** `attendance clerk`. */
export function roleWords(role: string): string {
  return role === 'it-contact' ? 'IT contact' : role.replaceAll('-', ' ');
}

/** `a`, `a and b`, `a, b and c`. */
export function inOneLine(items: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** What people call a kind of hold: `iep-504-review` is an IEP/504 review. */
export function holdKindWords(kind: string): string {
  return kind.replaceAll('-', ' ').replace(/^iep 504\b/, 'IEP/504');
}
