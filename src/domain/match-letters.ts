import { daysBetween, earlierOf, type SchoolDate } from './school-date.ts';

/** One letter to the family of one student, whoever has sent it or would have. */
export interface DatedLetter {
  readonly student: string;
  readonly step: string;
  readonly on: SchoolDate;
}

export type Match<Ours extends DatedLetter, Theirs extends DatedLetter> =
  | { readonly kind: 'same-day'; readonly ours: Ours; readonly theirs: Theirs }
  /** `days`: calendar days by which ours comes later; negative where it comes sooner. */
  | { readonly kind: 'apart'; readonly ours: Ours; readonly theirs: Theirs; readonly days: number }
  | { readonly kind: 'only-ours'; readonly ours: Ours; readonly theirs: null }
  | { readonly kind: 'only-theirs'; readonly ours: null; readonly theirs: Theirs };

/**
 * Two lists of letters side by side: of one student and step the first of ours goes with the first of theirs, and so
 * on. In the order of the day on which anything happened, then by student and step.
 */
export function matchLetters<Ours extends DatedLetter, Theirs extends DatedLetter>(
  ours: readonly Ours[],
  theirs: readonly Theirs[],
): Match<Ours, Theirs>[] {
  const [our, their] = [byStudentAndStep(ours), byStudentAndStep(theirs)];
  const keys = new Set([...our.keys(), ...their.keys()]);
  const matches = [...keys].flatMap((key) => {
    const [mine, others] = [our.get(key) ?? [], their.get(key) ?? []];
    return Array.from({ length: Math.max(mine.length, others.length) }, (_, index) =>
      matchOf(mine[index], others[index]),
    );
  });
  return matches
    .map((match) => [sortKey(match), match] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, match]) => match);
}

function matchOf<Ours extends DatedLetter, Theirs extends DatedLetter>(
  ours: Ours | undefined,
  theirs: Theirs | undefined,
): Match<Ours, Theirs> {
  if (ours === undefined) return { kind: 'only-theirs', ours: null, theirs: theirs as Theirs };
  if (theirs === undefined) return { kind: 'only-ours', ours, theirs: null };
  if (ours.on === theirs.on) return { kind: 'same-day', ours, theirs };
  return { kind: 'apart', ours, theirs, days: daysBetween(theirs.on, ours.on) };
}

function byStudentAndStep<T extends DatedLetter>(letters: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const letter of [...letters].sort((a, b) => (a.on < b.on ? -1 : 1))) {
    const key = `${letter.student}\n${letter.step}`;
    found.set(key, [...(found.get(key) ?? []), letter]);
  }
  return found;
}

function sortKey({ ours, theirs }: Match<DatedLetter, DatedLetter>): string {
  const [a, b] = [ours ?? theirs, theirs ?? ours] as [DatedLetter, DatedLetter];
  return [earlierOf(a.on, b.on), a.student, a.step].join('\n');
}
