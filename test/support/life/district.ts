import { type Random, randomOf } from '../../../src/demo/district/random.ts';
import { dateInZone, instantInZone, type SchoolDate } from '../../../src/domain/school-date.ts';
import type { JobItem } from '../../../src/queue/define-job.ts';
import { tellSis } from '../decision-model/tell-sis.ts';
import type { World } from '../decision-model/world.ts';
import type { Office } from '../office.ts';
import type { Family } from './family.ts';
import type { SeenLetter } from './letters.ts';
import type { MailServer } from './mail-server.ts';
import type { Worker } from './worker.ts';

/** Families whose lives have nothing to do with each other, under one clock, one SIS, one mail server and some workers. */
export interface District {
  readonly seed: number;
  readonly office: Office;
  readonly families: readonly Family[];
  readonly workers: Worker[];
  /** They die within the step that is played now, each of their jobs somewhere else. */
  readonly doomed: Set<Worker>;
  /** Numbers under which nobody claims any more. */
  readonly goneOwners: Set<number>;
  readonly mail: MailServer;
  /** As they were at the last look, by id. */
  letters: ReadonlyMap<string, SeenLetter>;
  /** Of the database, by family. */
  readonly students: Map<number, Family>;
  /** Jobs of nobody's in particular, that wait. */
  readonly others: JobItem[];
  /** What a job has enqueued and nobody has sorted yet. */
  readonly enqueued: JobItem[];
  /** The end of the audit log at the last look. */
  audit: { readonly seq: number; readonly hash: string } | null;
  now: Date;
  step: number;
  /** A person has stopped all letters. */
  isStopped: boolean;
  /** References of letters that nobody knew the fate of at some time. */
  readonly uncertain: Set<string>;
  /** Workers, from the first step on. */
  begun: number;
  deaths: number;
  /** Nothing goes wrong any more. */
  isCalm: boolean;
  readonly world: World;
}

const ZONE = 'America/Denver';

/** Numbers of the district's own in this step: how many families there are changes none of them. */
export function randomNow({ seed, step }: District, what: string): Random {
  return randomOf(seed, what, step);
}

export function todayOf({ now }: District): SchoolDate {
  return dateInZone(now, ZONE);
}

/** Sets the clock to a time of a day. */
export function clockAt(date: SchoolDate, time: string): Date {
  return instantInZone(date, time, ZONE);
}

export function tell({ step, now }: District, family: Family, what: string): void {
  family.log.push(`${step} ${now.toISOString().slice(0, 16)} ${what}`);
}

/** What happens to the district is part of each life. */
export function tellAll(district: District, what: string): void {
  for (const family of district.families) tell(district, family, `(${what})`);
}

/** Makes the SIS say what is so. */
export function tellAllToSis(district: District): void {
  district.world.today = todayOf(district);
  tellSis(district.office, district.world);
}
