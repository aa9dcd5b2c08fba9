import type { Config } from '../config/config-types.ts';
import type { Mode } from '../domain/ladder-facts.ts';

const LEAVES: Readonly<Record<Mode, string>> = {
  shadow: 'in shadow: nothing leaves',
  tasks: 'in tasks mode: tasks and digests leave, no letters and no referrals',
  live: 'live',
};

/** What may leave from how many schools: `2 of 3 schools are in shadow: nothing leaves (org-101, org-102).` */
export function modeWords({ schools }: Pick<Config, 'schools'>): string[] {
  const lines = (Object.keys(LEAVES) as Mode[]).flatMap((mode) => {
    const ids = schools.filter((school) => school.mode === mode).map(({ id }) => id);
    if (ids.length === 0) return [];
    const all = ids.length === schools.length;
    if (all && schools.length === 1) return [`The school is ${LEAVES[mode]}.`];
    if (all) return [`All ${schools.length} schools are ${LEAVES[mode]}.`];
    const be = ids.length === 1 ? 'is' : 'are';
    return [`${ids.length} of ${schools.length} schools ${be} ${LEAVES[mode]} (${ids.join(', ')}).`];
  });
  return lines;
}
