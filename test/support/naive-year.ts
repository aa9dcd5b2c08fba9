import type { District } from '../../src/demo/district/model.ts';
import { startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { addDays, type SchoolDate } from '../../src/domain/school-date.ts';
import { type NaiveRules, naiveDistrict, readPayloads } from './naive-count.ts';

/** When a student's settled days had reached a step, by the naive count. */
export interface NaiveReach {
  /** The first day on which they had; never empty. */
  readonly first: SchoolDate;
  /** They still have on the last day. */
  readonly atTheEnd: boolean;
}

export interface NaiveYear {
  /** step → student → when; students who never reached it are missing. */
  readonly reached: ReadonlyMap<string, ReadonlyMap<string, NaiveReach>>;
  /** Students with a row whose code nobody knows on the last day. */
  readonly unmapped: ReadonlySet<string>;
}

/** Reads the simulated SIS every day, as the program does, and counts again each time. */
export async function naiveYear(
  district: District,
  rules: Omit<NaiveRules, 'calendar'>,
  steps: readonly { readonly id: string; readonly at: number; readonly settleDays: number }[],
  from: SchoolDate,
  until: SchoolDate,
): Promise<NaiveYear> {
  let sisToday = from;
  const sis = await startSimulatedSis({ district, today: () => sisToday });
  // School days after the last day played change no count.
  const naive = naiveDistrict({ ...rules, calendar: { ...district.calendar, lastDay: until } });
  const reached = new Map(steps.map(({ id }) => [id, new Map<string, NaiveReach>()]));
  const unmapped = new Set<string>();
  try {
    for (let date = from; date <= until; date = addDays(date, 1)) {
      sisToday = addDays(date, -1);
      naive.read(await readPayloads(sis), date);
      const counts = new Map(steps.map(({ settleDays }) => [settleDays, naive.count(settleDays)]));
      for (const { id, at, settleDays } of steps) {
        for (const [student, answer] of counts.get(settleDays) ?? []) {
          const known = reached.get(id)?.get(student);
          const now = answer.days >= at;
          if (known === undefined && !now) continue;
          reached.get(id)?.set(student, { first: known?.first ?? date, atTheEnd: now });
          if (date === until && answer.unmapped) unmapped.add(student);
        }
      }
    }
  } finally {
    await sis.close();
  }
  return { reached, unmapped };
}
