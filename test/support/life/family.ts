import { type Random, randomOf } from '../../../src/demo/district/random.ts';
import type { SchoolDate } from '../../../src/domain/school-date.ts';
import type { JobItem } from '../../../src/queue/define-job.ts';
import { type Child, type Parent, SCHOOL_DAYS } from '../decision-model/world.ts';
import type { Hand } from './hand.ts';
import type { Worker } from './worker.ts';

/** One run of the simulation: a child with its parents, and all that happens to them. Depends on no other family. */
export interface Family {
  readonly number: number;
  readonly child: Child;
  /** As the SIS told it at the last read that was applied; null: at none yet. */
  known: Child | null;
  /** The SIS says something else since. */
  isUnread: boolean;
  /** Numbers of this family and this step of it. */
  random: Random;
  /** How often something goes wrong with a mail to this family. */
  readonly trouble: number;
  /** Jobs of the queue that nobody has taken, in no order. */
  readonly queue: JobItem[];
  readonly inHand: InHand[];
  /** What happened, for whoever has to find out why it broke. */
  readonly log: string[];
}

export interface InHand {
  readonly worker: Worker;
  readonly item: JobItem;
  readonly told: string;
  readonly hand: Hand;
}

/** Something that must never happen has happened to a family; null: to the whole district. */
export class BrokenError extends Error {
  override readonly name = 'BrokenError';
  readonly family: Family | null;

  constructor(family: Family | null, rule: string, told: object) {
    super(`${rule}: ${JSON.stringify(told)}`);
    this.family = family;
  }
}

export function newFamily(seed: number, number: number, firstDate: SchoolDate): Family {
  const random = randomOf(seed, 'family', number);
  const name = `f${number}`;
  const missed = random.weighted([
    [2, 2],
    [5, 3],
    [6, 4],
    [7, 5],
    [8, 3],
    [9, 2],
    [10, 4],
    [12, 1],
  ]);
  const before = SCHOOL_DAYS.filter((date) => date < firstDate).slice(-missed - random.integer(0, 3));
  const parents = [
    aParent(`mum-of-${name}`, random),
    ...(random.chance(0.25) ? [aParent(`dad-of-${name}`, random)] : []),
  ];
  return {
    number,
    child: {
      name,
      renamed: 0,
      rows: new Map(before.slice(0, missed).map((date) => [date, true])),
      unmapped: false,
      place: 'here',
      schools: [{ since: SCHOOL_DAYS[0] as SchoolDate, at: 'here' }],
      leftOn: null,
      parents,
      holds: [],
      called: false,
    },
    known: null,
    isUnread: true,
    random,
    trouble: random.pick([0, 0.4, 0.7, 1]),
    queue: [],
    inHand: [],
    log: [],
  };
}

function aParent(name: string, random: Random): Parent {
  const channel = random.chance(0.92) ? 'email' : 'paper';
  return { name, renamed: 0, records: 'one', channel, standing: 'may', address: 1 };
}
