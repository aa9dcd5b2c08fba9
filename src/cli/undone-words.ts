import type { UndoneByRestore } from '../store/tables/keeping.ts';

/** What a restore would have undone, and what of it a person has to do. */
export function undoneLines(undone: UndoneByRestore | null): string[] {
  if (undone === null)
    return [
      'Nobody knows what was stopped, held or destroyed since the backup: no newer database was at hand. Look for it: the kill switch, students who have died or are missing, other holds, legal holds, letters called back, and records destroyed (their certificates name them; `rollcall retention apply` destroys them again).',
    ];
  const lines = KINDS.flatMap(([kind, again, open]) => [
    ...said(again, undone[kind].putBack),
    ...said(open, undone[kind].open),
  ]);
  lines.push(
    ...said('Ended since the backup, and in force again until somebody ends it:', undone.standAgain),
  );
  if (!undone.complete)
    lines.push(
      'The database that went was not the latest one of this backup: what was stopped, held or destroyed elsewhere since then is not in it. Look for it.',
    );
  return lines.length > 0 ? lines : ['Nothing was stopped, held or destroyed since the backup.'];
}

const KINDS = [
  ['stops', 'Stopped since the backup, and stopped again:', 'Stopped since the backup; stop it again:'],
  [
    'holds',
    'Holds placed or changed since the backup, and in force again:',
    'Holds placed since the backup about students whom it does not know; place them again after the next read:',
  ],
  [
    'legalHolds',
    'Legal holds placed since the backup, and in force again:',
    'Legal holds placed since the backup about students whom it does not know; place them again after the next read:',
  ],
  [
    'recalledLetters',
    'Letters called back since the backup, and called back again:',
    'Letters called back since the backup that it does not know; say no to them in the next batch:',
  ],
  [
    'destructions',
    'Records destroyed since the backup, and destroyed again (certificates):',
    'Records destroyed since the backup, to be destroyed again (certificates):',
  ],
] as const;

function said(what: string, refs: readonly string[]): string[] {
  return refs.length === 0 ? [] : [`${what} ${refs.map((ref) => NAMES[ref] ?? ref).join(', ')}`];
}

const NAMES: Readonly<Record<string, string>> = { 'kill-switch': 'all letters and packets' };
