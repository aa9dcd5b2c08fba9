import type { Reissued } from '../procedure/reissue-letter.ts';
import { UsageError } from './output.ts';

type Refused = Extract<Reissued, { kind: 'refused' }>;

/** @throws UsageError when nothing was made */
export function reissuedWords(ref: string, reissued: Reissued): string {
  if (reissued.kind === 'unknown') throw new UsageError(`No letter has the reference ${ref}.`);
  if (reissued.kind === 'refused')
    throw new UsageError(`The letter ${ref} is not issued once more. ${refusedWords(reissued)}`);
  return madeWords(reissued);
}

export function refusedWords({ why, detail }: Refused): string {
  return REFUSED[why](detail);
}

/** What has been made, and what becomes of it. */
export function madeWords({ letters }: Extract<Reissued, { kind: 'reissued' }>): string {
  const made = letters.map(({ ref, channel }) => `${ref} ${channel === 'paper' ? 'on paper' : 'by e-mail'}`);
  return `Issued once more as ${made.join(' and ')}: it is checked like every letter, and leaves with the next cycle.`;
}

const REFUSED: Readonly<Record<Refused['why'], (detail: string) => string>> = {
  'under-way': (state) => `It is ${state}, and goes its way by itself.`,
  uncertain: () => 'It may have arrived: find out, and record it with `rollcall letters resolve`.',
  'not-live': () => 'Nothing leaves from its school at present.',
  cancelled: () => 'It was cancelled: what is still owed to the family is planned by itself.',
  'reissued-before': (ref) => `It was issued once more as ${ref}: that one can be.`,
  'no-longer-owed': (state) => `Its step does not stand any more: it is ${state}.`,
  'no-recipient': () => 'None of its guardians may be written to any more.',
  replaced: (ref) => `${ref} goes instead of it: that one can be issued once more.`,
  'not-returned': () => 'It is not on record as come back; `rollcall prints returned` records that first.',
  'same-address': () =>
    'The SIS still has the address from which it came back. Correct it there, or answer the task with `address-right`; then it can be sent again.',
  blocked: (block) => `A letter would not leave today either: ${block}.`,
};
