import type { Command } from 'commander';
import { secretKeyOf } from '../config/secret-key.ts';
import { hintFor, suggest } from '../config/suggest.ts';
import { loadTemplates } from '../documents/template.ts';
import { type AuditAction, atCommandLine } from '../domain/audit.ts';
import { answeredInWords, invitedInWords, whenInWords } from '../domain/meeting-words.ts';
import type { ChangedMeeting, MeetingDesk, MeetingInLine } from '../procedure/meetings.ts';
import type { Moment } from '../procedure/procedure.ts';
import { recordAudit } from '../store/audit-log.ts';
import type { Tx } from '../store/database.ts';
import { atDesk, type Desk } from './at-desk.ts';
import { lineOption } from './option-values.ts';
import { print, table, UsageError } from './output.ts';

export const REFERENCE = 'reference, for example E-7F3K-2Q9M';

export interface ByOptions {
  readonly by: string;
  readonly asOf?: string;
}

export function byOf({ by }: ByOptions): string {
  return lineOption('--by', by, 100);
}

export function printMeeting({ meeting, invited }: MeetingInLine, how: string): void {
  print(`${meeting.ref} ${how} ${whenInWords(meeting)}, ${meeting.place}.`);
  if (invited.length === 0) {
    print('Nobody is invited by Rollcall.');
    return;
  }
  print(
    table(
      ['invited', 'as', 'how', 'answer'],
      invited.map((one) => [one.name, one.kind, invitedInWords(one), answeredInWords(one, meeting)]),
    ),
  );
}

export function expectChanged(ref: string, changed: ChangedMeeting): MeetingInLine {
  switch (changed.kind) {
    case 'changed':
      return changed;
    case 'unknown':
      throw new UsageError(`No meeting has the reference ${ref}.`);
    case 'over':
      throw new UsageError(`The meeting ${ref} is over: it was cancelled, or what came of it is recorded.`);
    case 'too-early':
      throw new UsageError(`The meeting ${ref} is still to come.`);
    case 'absolute-hold':
      throw untouchable();
    case 'refused':
      throw refusedWords(changed);
  }
}

export function untouchable(): UsageError {
  return new UsageError('A hold stops everything about this student.');
}

export function refusedWords(refused: {
  readonly part: string;
  readonly found: string;
  readonly expected: string;
  readonly known?: readonly string[];
}): UsageError {
  const { part, found, expected, known = [] } = refused;
  const hint = hintFor(suggest(found.replaceAll('"', ''), known));
  return new UsageError(`--${part}: found ${found}, expected ${expected}${hint}`);
}

/** Keeps that somebody has done something about a meeting. */
export async function noteMeeting(
  tx: Tx,
  action: AuditAction,
  { meeting, invited }: MeetingInLine,
  by: string,
  { now: at }: Moment,
): Promise<void> {
  const { studentId, ref: subject, state, sequence } = meeting;
  const detail = { state, sequence, invited: invited.length };
  await recordAudit(tx, { at, actor: atCommandLine(by), from: null, action, studentId, subject, detail });
}

export async function atMeetings(
  command: Command,
  asOf: string | undefined,
  use: (tx: Tx, desk: MeetingDesk, around: Desk) => Promise<void>,
): Promise<void> {
  await atDesk(command, asOf, async (desk) => {
    const { db, config, procedure } = desk;
    const templates = await loadTemplates(config.templatesDir);
    await db.transaction().execute(async (tx) => {
      const letterbox = { db: tx, config, templates, secretKey: secretKeyOf(config) };
      await use(tx, { letterbox, procedure }, desk);
    });
  });
}
