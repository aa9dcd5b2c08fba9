import { type Random, randomOf } from './random.ts';

/** What kind of year a student has. The scripted ones exist in every district, whatever the seed. */
export type Story =
  | 'usual'
  /** 4 to 6 days by late autumn. */
  | 'notable'
  /** 7 to 9 days by late autumn. */
  | 'frequent'
  /** Past 10 days by late autumn. */
  | 'chronic'
  /** A long illness that the office enters all at once after it is over. */
  | 'entered-late'
  /** Reaches 7; the seventh day turns out to be a tardy before it is settled. */
  | 'falls-before-settling'
  /** Reaches 7 on the last day before a break; corrected before any letter may leave. */
  | 'falls-while-waiting'
  /** Reaches 7, the letter leaves, and weeks later two days are taken back. */
  | 'falls-after-letter';

type Twist =
  | 'leaver'
  | 'arrival'
  | 'suspended'
  | 'confidential'
  /** Has a row whose code the code table learns days later. */
  | 'new-code'
  /** Takes classes at a second school of the district. */
  | 'two-schools'
  /** Has rows on dates on which nobody can be absent. */
  | 'stray-rows';

export interface Part {
  readonly story: Story;
  readonly twist: Twist | null;
}

const parts: readonly (readonly [Story, Twist | null])[] = [
  ['chronic', null],
  ['entered-late', null],
  ['falls-after-letter', null],
  ['falls-before-settling', null],
  ['falls-while-waiting', null],
  ['frequent', null],
  ['frequent', 'stray-rows'],
  ['notable', 'new-code'],
  ['notable', 'suspended'],
  ['notable', 'confidential'],
  ['notable', 'two-schools'],
  ['usual', 'leaver'],
  ['usual', 'leaver'],
  ['usual', 'arrival'],
  ['usual', 'arrival'],
  ['usual', 'new-code'],
];
/** Every eighty students hold the whole cast once: 1 in 80 is 1.25 %. */
const castSize = 80;

/** The part of each student, in order; the n-th depends on the seed and its number alone. */
export function castParts(seed: string | number, students: number): Part[] {
  const cast: Part[] = [];
  for (let block = 0; cast.length < students; block++) {
    const order = randomOf(seed, 'cast', block).shuffled(
      Array.from({ length: castSize }, (_, index) => index),
    );
    for (const index of order) {
      const [story, twist] = parts[index] ?? ['usual', null];
      cast.push({ story, twist });
    }
  }
  return cast.slice(0, students);
}

/** Days of absence by late autumn, and after it. */
export function daysToMiss(
  story: Story,
  random: Random,
): { readonly autumn: number; readonly later: number } {
  const half = (from: number, to: number) => random.integer(from * 2, to * 2) / 2;
  switch (story) {
    case 'chronic':
      return { autumn: half(11.5, 17), later: half(8, 16) };
    case 'frequent':
      return { autumn: half(7.5, 9.5), later: half(4, 9) };
    case 'notable':
      return { autumn: half(4.5, 6.5), later: half(2, 7) };
    case 'usual':
      return {
        autumn: random.weighted([
          [0, 30],
          [0.5, 6],
          [1, 24],
          [1.5, 6],
          [2, 18],
          [2.5, 4],
          [3, 9],
          [3.5, 3],
        ]),
        later: random.weighted([
          [0, 20],
          [1, 25],
          [2, 25],
          [3.5, 15],
          [5, 10],
          [7.5, 5],
        ]),
      };
    default:
      return { autumn: 0, later: half(0, 3) };
  }
}
