import { randomOf } from '../district/random.ts';
import type { FaultName } from '../faults/catalogue.ts';
import type { Treatment } from './mail-server.ts';

/** Which process: the one that leads the schedule, or one that does not. */
export type Which = 'leader' | 'other';
/** During which round of the day: while the SIS is read and decided about, or while letters leave. */
export type Round = 'night' | 'sending';

interface Timed {
  readonly during: Round;
  /** After the round has begun. */
  readonly afterMs: number;
}

/** What befalls the installation on one day of the soak. */
export type Mishap =
  /** The SIS answers wrongly, in all its answers or in the first of them. */
  | { readonly kind: 'sis'; readonly fault: FaultName; readonly times: number | null }
  /** A share of the mails is treated so. */
  | { readonly kind: 'mail'; readonly treatment: Treatment; readonly share: number }
  /** A process gets SIGKILL. */
  | (Timed & { readonly kind: 'kill'; readonly which: Which })
  /** The process that has sent a mail gets SIGKILL between its last byte and its answer. */
  | { readonly kind: 'kill-unheard' }
  /** A process is asked to end, as in an upgrade. */
  | (Timed & { readonly kind: 'restart'; readonly which: Which })
  /** A process stands still, as on a machine that swaps. */
  | (Timed & { readonly kind: 'freeze'; readonly which: Which; readonly forMs: number })
  /** Every connection to the database is ended by the server. */
  | (Timed & { readonly kind: 'cut' })
  /** The database server is stopped, or dies, and is started again. */
  | (Timed & { readonly kind: 'database'; readonly how: 'stopped' | 'died' })
  /** The process that leads loses the session by which it does. */
  | (Timed & { readonly kind: 'lead' })
  /** Whatever lies in the queue is lost. */
  | (Timed & { readonly kind: 'queue' })
  /** The configuration is changed and read anew: one that can be used, or first one that cannot. */
  | (Timed & { readonly kind: 'reload'; readonly file: 'good' | 'bad' })
  /** The clock is put forward or back, and what is due then is done. */
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
  const which = (): Which => (random.chance(0.5) ? 'leader' : 'other');
  const timed = (): Timed => ({
    during: random.chance(0.6) ? 'night' : 'sending',
    afterMs: random.integer(0, 700),
  });
  const mishaps: Mishap[] = [];
  if (random.chance(0.04)) return [{ kind: 'off' }];
  if (random.chance(0.18)) mishaps.push({ kind: 'sis', fault: random.pick(WHOLE_NIGHT), times: null });
  else if (random.chance(0.05)) mishaps.push({ kind: 'sis', fault: random.pick(AT_FIRST), times: 1 });
  if (random.chance(0.3)) {
    const treatment = random.pick(['later', 'refuse', 'cut', 'unheard', 'unheard'] as const);
    mishaps.push({ kind: 'mail', treatment, share: random.pick([0.1, 0.3, 1]) });
  }
  if (random.chance(0.06)) mishaps.push({ kind: 'kill', which: which(), ...timed() });
  if (random.chance(0.06)) mishaps.push({ kind: 'kill-unheard' });
  if (random.chance(0.04)) mishaps.push({ kind: 'restart', which: which(), ...timed() });
  if (random.chance(0.06))
    mishaps.push({ kind: 'freeze', which: which(), forMs: random.integer(200, 3_000), ...timed() });
  if (random.chance(0.04)) mishaps.push({ kind: 'cut', ...timed() });
  if (random.chance(0.04))
    mishaps.push({ kind: 'database', how: random.pick(['stopped', 'died'] as const), ...timed() });
  if (random.chance(0.05)) mishaps.push({ kind: 'lead', ...timed() });
  if (random.chance(0.05)) mishaps.push({ kind: 'queue', ...timed() });
  if (random.chance(0.05))
    mishaps.push({ kind: 'reload', file: random.pick(['good', 'bad'] as const), ...timed() });
  if (random.chance(0.08)) mishaps.push({ kind: 'clock', minutes: random.pick([-120, -60, 60, 180]) });
  return mishaps;
}

/** In a few words, for the report. */
export function mishapWords(mishap: Mishap): string {
  switch (mishap.kind) {
    case 'sis':
      return `SIS: ${mishap.fault}`;
    case 'mail':
      return `mail server: ${TREATMENTS[mishap.treatment]}`;
    case 'kill':
      return 'process killed';
    case 'kill-unheard':
      return 'process killed before it heard the answer to a mail';
    case 'restart':
      return 'process asked to end, and started again';
    case 'freeze':
      return 'process stood still';
    case 'cut':
      return 'database: all connections ended';
    case 'database':
      return mishap.how === 'stopped' ? 'database: restarted' : 'database: crashed';
    case 'lead':
      return 'database: the session of the leader ended';
    case 'queue':
      return 'queue: lost with all that was in it';
    case 'reload':
      return `configuration: changed${mishap.file === 'bad' ? ', wrongly at first' : ''}`;
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
