import type { Config } from '../config/config-types.ts';
import { type BatchReason, STOP_WORDS } from '../domain/brakes.ts';
import { openBatches } from '../store/batches.ts';
import { countBraked, openStops } from '../store/brakes.ts';
import type { Db } from '../store/database.ts';
import type { listLetters } from '../store/letters-of-student.ts';
import { whenIn } from './context.ts';

export type Brakes = Awaited<ReturnType<typeof readBrakes>>;

/** Everything that brakes keep back now. */
export async function readBrakes(db: Db, now: Date) {
  return { batches: await openBatches(db), stops: await openStops(db), letters: await countBraked(db, now) };
}

export function brakesAsJson({ batches, stops, letters }: Brakes) {
  return {
    letters,
    batches: batches.map(({ ref, reasons, runOn, letters: count }) => ({
      ref,
      reasons,
      runOn,
      letters: count,
    })),
    stops: stops.map(({ ref, kind, mails, openedOn }) => ({ ref, kind, letters: mails, openedOn })),
  };
}

const WAIT_BECAUSE: Readonly<Record<BatchReason, string>> = {
  restored: 'may have left before the database was restored',
  volume: 'are more than a usual day has',
  canary: 'are from templates that the office has not seen',
};

/** What keeps letters back now, and what to do about it; nothing where nothing does. */
export function brakeLines(config: Config, { batches, stops, letters }: Brakes): string[] {
  const lines = stops.map(
    ({ ref, kind, mails, openedAt }) =>
      `SENDING HAS STOPPED since ${whenIn(config, openedAt)}: ${mails} ${STOP_WORDS[kind]}. ${
        kind === 'uncertain' ? '' : 'What went on paper for it is not printed either. '
      }Find out why, then: rollcall brakes release ${ref}`,
  );
  for (const [reason, why] of Object.entries(WAIT_BECAUSE)) {
    const waiting = batches.filter(({ reasons }) => reasons[0] === reason);
    if (waiting.length === 0) continue;
    const count = waiting.reduce((sum, batch) => sum + batch.letters, 0);
    const refs =
      waiting.length > 3
        ? 'rollcall batches list'
        : `rollcall batches show ${waiting.map(({ ref }) => ref).join(', ')}`;
    lines.push(`Wait for one yes: ${count} letters ${why} (${refs})`);
  }
  if (letters.inRecallWindow > 0) {
    lines.push(
      `Can be called back before they leave: ${letters.inRecallWindow} letters (rollcall brakes recall)`,
    );
  }
  if (letters.toWeigh > 0) {
    lines.push(`Not looked at by the brakes yet: ${letters.toWeigh} letters; the next cycle does.`);
  }
  return lines;
}

/** What a brake has to do with one letter, as a sentence; null: nothing, or nothing any more. */
export function brakeOnLetter(
  letter: Pick<Awaited<ReturnType<typeof listLetters>>[number], 'state' | 'dueAt' | 'batch' | 'recalled'>,
  config: Config,
  /** The kill switch is on. */
  stopped: boolean,
): string | null {
  const { state, dueAt, batch, recalled } = letter;
  // One that had to come out of its pile may have been in the post by then.
  if (recalled !== null && state !== 'posted') return `called back by ${recalled.by}: “${recalled.because}”.`;
  if (batch?.state === 'open') return `waits with others for one yes (rollcall batches show ${batch.ref}).`;
  const yes =
    batch?.state === 'approved'
      ? `let go with ${batch.ref} by ${batch.by} on ${batch.closedOn}: “${batch.because}”. `
      : '';
  const inLine = state === 'queued' && dueAt !== null;
  const from = !inLine
    ? ''
    : stopped
      ? 'Does not leave: sending is stopped (rollcall letters resume).'
      : `May leave from ${whenIn(config, dueAt)} on.`;
  return `${yes}${from}`.trim() || null;
}
