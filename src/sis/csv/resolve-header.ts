import { clean } from '../clean.ts';
import { FileRefusal } from './file-refusal.ts';

export interface HeaderRules<C extends string> {
  /** In the order in which they choose: where two columns know one header, the first takes it. */
  readonly columns: readonly C[];
  /** Headers under which exports usually have a column, the best first. */
  readonly usual: Readonly<Record<C, readonly string[]>>;
  /** The district's own headers; they are looked for before all usual ones. */
  readonly own: Readonly<Partial<Record<C, string | readonly string[] | undefined>>>;
  /** Of each group at least one column has to be there. */
  readonly needed: readonly (readonly C[])[];
}

export interface Header<C extends string> {
  /** Cells of a whole row. */
  readonly width: number;
  has(column: C): boolean;
  /** The header as the file words it; our own name where the file has no such column. */
  nameOf(column: C): string;
  /** The cells of the columns that the file has. */
  cellsOf(cells: readonly string[]): Readonly<Partial<Record<C, string>>>;
}

const MOST_SHOWN = 60;

/**
 * Finds our columns among the headers of a file. Case, blanks, underscores and hyphens do not matter.
 * @throws FileRefusal when a column is missing that is needed, or a header that we use is there twice, or two headers
 * could be the same column and the district has not said which
 */
export function resolveHeader<C extends string>(
  headers: readonly string[],
  rules: HeaderRules<C>,
): Header<C> {
  const places = placesOf(headers);
  const found = choose(places, rules);
  if (found.size === 0) {
    throw new FileRefusal(
      'its first line has none of the headers that are known, so that it seems to have no header line; ' +
        'expected the names of the columns in the first line, parted by the delimiter of the configuration',
    );
  }
  for (const group of rules.needed) {
    if (!group.some((column) => found.has(column))) {
      throw new FileRefusal(missing(group, headers, found.size, rules));
    }
  }
  for (const [column, key] of found) {
    const times = places.get(key)?.length ?? 0;
    if (times > 1) {
      throw new FileRefusal(
        `its header ${shown(headers[places.get(key)?.[0] ?? 0])} for the column ${column} is there ${times} times; expected once`,
      );
    }
  }
  refuseDoubtful(found, places, headers, rules);
  const placeOf = new Map([...found].map(([column, key]) => [column, places.get(key)?.[0] ?? 0]));
  return {
    width: headers.length,
    has: (column) => placeOf.has(column),
    nameOf: (column) => {
      const place = placeOf.get(column);
      return place === undefined ? column : clean(headers[place] ?? '', MOST_SHOWN);
    },
    cellsOf: (cells) => {
      const row: Partial<Record<C, string>> = {};
      for (const [column, place] of placeOf) row[column] = cells[place] ?? '';
      return row;
    },
  };
}

/** Normalised header → where it stands. */
function placesOf(headers: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  headers.forEach((header, index) => {
    const key = keyOf(header);
    if (key === '') return;
    places.set(key, [...(places.get(key) ?? []), index]);
  });
  return places;
}

/** The district's own words are served first, so that no usual name takes a header that the district has given away. */
function choose<C extends string>(
  places: ReadonlyMap<string, unknown>,
  { columns, own, usual }: HeaderRules<C>,
): Map<C, string> {
  const found = new Map<C, string>();
  const taken = new Set<string>();
  for (const namesOf of [(column: C) => listed(own[column]), (column: C) => usual[column]]) {
    for (const column of columns) {
      if (found.has(column)) continue;
      const key = namesOf(column)
        .map(keyOf)
        .find((name) => places.has(name) && !taken.has(name));
      if (key === undefined) continue;
      found.set(column, key);
      taken.add(key);
    }
  }
  return found;
}

/**
 * Two usual headers of one column, such as the first name of the student and that of the contact: which of them is
 * meant only the district knows.
 */
function refuseDoubtful<C extends string>(
  found: ReadonlyMap<C, string>,
  places: ReadonlyMap<string, readonly number[]>,
  headers: readonly string[],
  { own, usual }: HeaderRules<C>,
): void {
  const taken = new Set(found.values());
  const worded = (key: string) => shown(headers[places.get(key)?.[0] ?? 0]);
  for (const [column, key] of found) {
    if (listed(own[column]).map(keyOf).includes(key)) continue;
    const other = usual[column].map(keyOf).find((name) => places.has(name) && !taken.has(name));
    if (other === undefined) continue;
    throw new FileRefusal(
      `both its header ${worded(key)} and its header ${worded(other)} could be the column ${column}; expected one of them, or columns.${column} in the configuration set to the one that is right`,
    );
  }
}

function missing<C extends string>(
  group: readonly C[],
  headers: readonly string[],
  known: number,
  { own, usual }: HeaderRules<C>,
): string {
  const names = group.flatMap((column) => [...listed(own[column]), ...usual[column]]);
  const column = group.length === 1 ? `no column ${group[0]}` : `none of the columns ${group.join(', ')}`;
  return `it has ${column}; looked for ${[...new Set(names)].map(shown).join(', ')}; found ${headersFound(headers, known)}`;
}

/** A first line with hardly a known header may be a row of data, which must not be shown. */
function headersFound(headers: readonly string[], known: number): string {
  if (known < 2) return `${headers.length} headers, ${known} of them known`;
  const more = headers.length > MOST_SHOWN ? ` and ${headers.length - MOST_SHOWN} more` : '';
  return `${headers.slice(0, MOST_SHOWN).map(shown).join(', ')}${more}`;
}

function listed(names: string | readonly string[] | undefined): readonly string[] {
  if (names === undefined) return [];
  return typeof names === 'string' ? [names] : names;
}

function keyOf(header: string): string {
  return clean(header, MOST_SHOWN)
    .toLowerCase()
    .replace(/[\s_-]/g, '');
}

function shown(header: string | undefined): string {
  return `"${clean(header ?? '', MOST_SHOWN)}"`;
}
