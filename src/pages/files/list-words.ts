import { counted } from '../../domain/plain-words.ts';
import type { FileState, ListedFile } from '../../store/file-list.ts';

/** The ways of narrowing the list, as they are chosen. */
export const stateWords: Readonly<Record<FileState, string>> = {
  files: 'Attendance files',
  owed: 'A step is owed',
  waiting: 'A step waits',
  taken: 'A step was taken',
  hold: 'On hold',
  contract: 'With a contract',
  referral: 'Referred',
  everyone: 'Every student',
};

/** Where the ladder of a student stands, in a few words. @param steps ids in rising order, with titles */
export function standingOf(
  { steps }: Pick<ListedFile, 'steps'>,
  order: readonly { readonly id: string; readonly title: string }[],
): string {
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const { id, title } = order[index] as { id: string; title: string };
    const step = steps.find((one) => one.step === id);
    if (step === undefined) continue;
    const state = wordOf(step);
    if (state !== null) return `${title}: ${state}`;
  }
  return 'No step yet';
}

function wordOf({ state, superseded, waits }: ListedFile['steps'][number]): string | null {
  if (state === 'owed') return waits ? 'waiting' : 'owed';
  if (state === 'taken') return superseded ? 'taken, superseded' : 'taken';
  return state === 'pre-existing' ? 'left to the school' : null;
}

/** What else there is to know at a glance. */
export function flagsOf({ openTasks, held, contract, referral }: ListedFile): string[] {
  return [
    ...(openTasks === 0 ? [] : [counted(openTasks, 'open task')]),
    ...(held ? ['on hold'] : []),
    ...(contract ? ['contract'] : []),
    ...(referral === null ? [] : [`referral ${referral}`]),
  ];
}
