import { randomOf } from '../district/random.ts';
import type { FaultName } from '../faults/catalogue.ts';
import type { Treatment } from './mail-server.ts';

/** What befalls the installation on one day of the soak. */
export type Mishap =
  /** The SIS answers wrongly, in all its answers or in the first of them. */
  | { readonly kind: 'sis'; readonly fault: FaultName; readonly times: number | null }
  /** A share of the mails is treated so. */
  | { readonly kind: 'mail'; readonly treatment: Treatment; readonly share: number }
  /** A process gets SIGKILL: so long after the cycle began, or between a mail's last byte and its answer. */
  | { readonly kind: 'kill'; readonly which: 'leader' | 'other'; readonly afterMs: number | 'mail' }
  /** A process is asked to end, as in an upgrade. */
  | { readonly kind: 'restart'; readonly which: 'leader' | 'other'; readonly afterMs: number }
  /** A process stands still, as on a machine that swaps. */
  | {
      readonly kind: 'freeze';
      readonly which: 'leader' | 'other';
      readonly afterMs: number;
      readonly forMs: number;
    }
  /** Every connection to the database is ended by the server. */
  | { readonly kind: 'database'; readonly afterMs: number }
  /** The clock is put forward or back, and the cycle is run once more. */
  | { readonly kind: 'clock'; readonly minutes: number }
  /** The machine is off. */
  | { readonly kind: 'off' };

/** Faults of a SIS that show within a night, without the long waits of a server that is away. */
const WHOLE_NIGHT: readonly FaultName[] = [
  'html-with-200',
  'empty-200',
  'wrong-total-count',
  'link-loop',
  'missing-envelope-key',
  'year-vanished',
  'tombstone-flood',
  'school-without-absences',
  'vanished-rows',
  'token-revoked',
  'byte-order-mark',
  'rows-shift',
  'no-total-count',
  'clamped-limit',
  'odd-scalars',
  'sort-refused',
  'duplicate-ids',
];
const AT_FIRST: readonly FaultName[] = ['bad-gateway', 'truncated-json', 'empty-body'];

/** The mishaps of a day depend on the seed and its number alone. */
export function mishapsOf(seed: number, day: number): Mishap[] {
  const random = randomOf(seed, 'mishaps', day);
  const which = () => (random.chance(0.5) ? ('leader' as const) : ('other' as const));
  const afterMs = () => random.integer(20, 1_500);
  const mishaps: Mishap[] = [];
  if (random.chance(0.04)) return [{ kind: 'off' }];
  if (random.chance(0.2)) mishaps.push({ kind: 'sis', fault: random.pick(WHOLE_NIGHT), times: null });
  else if (random.chance(0.04)) mishaps.push({ kind: 'sis', fault: random.pick(AT_FIRST), times: 1 });
  if (random.chance(0.3)) {
    const treatment = random.pick(['later', 'refuse', 'cut', 'unheard', 'unheard'] as const);
    mishaps.push({ kind: 'mail', treatment, share: random.pick([0.1, 0.3, 1]) });
  }
  if (random.chance(0.12))
    mishaps.push({ kind: 'kill', which: which(), afterMs: random.chance(0.5) ? 'mail' : afterMs() });
  if (random.chance(0.04)) mishaps.push({ kind: 'restart', which: which(), afterMs: afterMs() });
  if (random.chance(0.06))
    mishaps.push({ kind: 'freeze', which: which(), afterMs: afterMs(), forMs: random.integer(200, 3_000) });
  if (random.chance(0.06)) mishaps.push({ kind: 'database', afterMs: afterMs() });
  if (random.chance(0.08)) mishaps.push({ kind: 'clock', minutes: random.pick([-120, -60, 60, 180]) });
  return mishaps;
}

/** In a word or two, for the report. */
export function mishapWords(mishap: Mishap): string {
  switch (mishap.kind) {
    case 'sis':
      return `SIS: ${mishap.fault}`;
    case 'mail':
      return `mail server: ${TREATMENTS[mishap.treatment]}`;
    case 'kill':
      return mishap.afterMs === 'mail' ? 'process killed before it heard the answer' : 'process killed';
    case 'restart':
      return 'process restarted';
    case 'freeze':
      return 'process stood still';
    case 'database':
      return 'database connections ended';
    case 'clock':
      return mishap.minutes < 0 ? 'clock put back' : 'clock put forward';
    case 'off':
      return 'machine off';
  }
}

const TREATMENTS: Readonly<Record<Treatment, string>> = {
  take: 'well',
  later: 'asks for mails later',
  refuse: 'refuses mailboxes',
  cut: 'cuts the connection',
  unheard: 'takes mails and is not heard',
};
