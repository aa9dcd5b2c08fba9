import type { WireRow } from './wire-row.ts';

export type Filter =
  | {
      readonly kind: 'filter';
      readonly fields: readonly string[];
      readonly matches: (row: WireRow) => boolean;
    }
  | { readonly kind: 'malformed' };

type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~';

const clause = /^([A-Za-z][\w.]*)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^'\\]|\\.)*)'/;
const conjunction = /^\s+(AND|OR)\s+/;

/** Reads `field op 'value'`, or two such clauses joined by AND or OR (OneRoster 1.2, section 3.4.2). */
export function parseFilter(text: string): Filter {
  const first = readClause(text.trim());
  if (first === null) return { kind: 'malformed' };
  if (first.rest === '') return { kind: 'filter', fields: [first.field], matches: first.matches };
  const joint = conjunction.exec(first.rest);
  const second = joint === null ? null : readClause(first.rest.slice(joint[0].length));
  if (joint === null || second === null || second.rest !== '') return { kind: 'malformed' };
  const both = joint[1] === 'AND';
  return {
    kind: 'filter',
    fields: [first.field, second.field],
    matches: (row) =>
      both ? first.matches(row) && second.matches(row) : first.matches(row) || second.matches(row),
  };
}

interface Clause {
  readonly field: string;
  readonly matches: (row: WireRow) => boolean;
  readonly rest: string;
}

function readClause(text: string): Clause | null {
  const match = clause.exec(text);
  if (match === null) return null;
  const [whole, field = '', operator = '=', quoted = ''] = match;
  const wanted = quoted.replace(/\\(.)/g, '$1');
  const path = field.split('.');
  const compare = comparison(operator as Operator, wanted);
  const matches = (row: WireRow) => {
    const values = valuesAt(row, path);
    return operator === '!=' ? values.every(compare) : values.some(compare);
  };
  return { field, matches, rest: text.slice(whole.length) };
}

/** ISO dates and instants order as text does. */
function comparison(operator: Operator, wanted: string): (value: string) => boolean {
  switch (operator) {
    case '=':
      return (value) => value === wanted;
    case '!=':
      return (value) => value !== wanted;
    case '>':
      return (value) => value > wanted;
    case '>=':
      return (value) => value >= wanted;
    case '<':
      return (value) => value < wanted;
    case '<=':
      return (value) => value <= wanted;
    case '~':
      return (value) => value.toLowerCase().includes(wanted.toLowerCase());
  }
}

/** Every scalar that a dotted path leads to; lists are looked at item by item. */
export function valuesAt(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  if (value === null || value === undefined) return [];
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === 'object' ? [] : [String(value)];
  return typeof value === 'object' ? valuesAt((value as WireRow)[key], rest) : [];
}
