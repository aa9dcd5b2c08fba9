/** What a spreadsheet takes for the beginning of a formula, also behind blanks and in the wide letters of Asian scripts. */
const FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\t\r])/;

/**
 * A table as CSV (RFC 4180), for a spreadsheet: text that would be taken for a formula gets an apostrophe before it,
 * since names and notes come from outside (CWE-1236).
 */
export function csvText(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
