import { type Block, paragraph } from '../documents/content.ts';
import { longDate } from '../documents/dates.ts';
import { renderStaffMail } from '../documents/staff-mail.ts';
import { dateInZone, type SchoolDate } from '../domain/school-date.ts';
import { keyOf } from '../domain/task-people.ts';
import type { Tx } from '../store/database.ts';
import type { KillSwitch } from '../store/kill-switch.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import { markEscalated, recordTold, toldBefore, toldKey } from '../store/task-told.ts';
import { digestBlocks } from './digest-blocks.ts';
import type { Letterbox } from './letterbox.ts';
import { askForOutcomes } from './meeting-tasks.ts';
import type { Moment, Procedure } from './procedure.ts';
import { remindOfContracts } from './remind-contracts.ts';
import { remindOfHolds } from './remind-holds.ts';
import { shortHash } from './short-hash.ts';
import { queueStaffMessage } from './staff-message.ts';
import { type TaskLinks, taskLinks } from './task-links.ts';
import { tellOfKillSwitch } from './tell-of-kill-switch.ts';
import { type TaskBox, type ToldTask, tasksByPerson } from './whose-tasks.ts';

/**
 * One mail per member of staff and school day with the open tasks, the worst deadline first. Nobody with nothing due
 * gets one: what is due later is told when it is new, and when it is time for a reminder. Owners of holds that end soon
 * are reminded first.
 * @returns how many mails were composed now.
 */
export async function composeDigests(
  letterbox: Letterbox,
  procedure: Procedure,
  moment: Moment,
): Promise<number> {
  const { db, config } = letterbox;
  const { today } = moment;
  if (!procedure.calendarOf(null).isSchoolDay(today)) return 0;
  const roleOf = (email: string) =>
    config.staff.find((one) => keyOf(one.email) === keyOf(email))?.role ?? null;
  await remindOfHolds(db, procedure, roleOf, moment);
  await askForOutcomes(db, procedure, moment);
  await remindOfContracts(db, procedure, config.meetings.contractReminderDays, moment);
  const stop = await tellOfKillSwitch(db, procedure, moment);
  const told = await toldBefore(db, today);
  let composed = 0;
  for (const [address, box] of await tasksByPerson(db, config, procedure, today)) {
    if (!box.tasks.some((one) => isDue(one, address, told, procedure, config.staffMail, today))) continue;
    const key = `digest:${today}:${shortHash(address, 24)}`;
    if (await hasStaffMail(db, key)) continue;
    const queued = await db.transaction().execute(async (tx) => {
      const links = await taskLinks(tx, letterbox, box, moment);
      const mail = { ...composeDigest(letterbox, procedure, box, stop, links, today), key };
      const id = await queueStaffMessage(tx, letterbox, mail, moment);
      if (id !== null) await keepTold(tx, address, box, today);
      return id;
    });
    if (queued !== null) composed += 1;
  }
  return composed;
}

/** What is due later is told once, and again where it has waited long enough. */
function isDue(
  { task, group, fromBelow }: ToldTask,
  address: string,
  told: ReadonlySet<string>,
  procedure: Procedure,
  { remindAfterDays }: Letterbox['config']['staffMail'],
  today: SchoolDate,
): boolean {
  if (group !== 'later' || fromBelow || !told.has(toldKey(task.id, address))) return true;
  if (task.snoozedUntil === today) return true;
  const waited = procedure.calendarOf(task.schoolSourcedId).schoolDaysAfter(task.openedOn, today);
  return waited % remindAfterDays === 0;
}

function composeDigest(
  { config, templates }: Letterbox,
  procedure: Procedure,
  box: TaskBox,
  stop: KillSwitch | null,
  links: TaskLinks,
  today: SchoolDate,
) {
  const ref = newMailReference();
  const { longestList } = config.staffMail;
  const frame = { ...links, today, longestList, languageName: templates.languageName };
  const rendered = renderStaffMail(
    templates,
    'digest',
    {
      date: longDate(today, 'en'),
      'person.name': box.name,
      'tasks.count': String(box.tasks.length),
    },
    {
      tasks: [...(stop === null ? [] : [stopBlock(stop, procedure)]), ...digestBlocks(box.tasks, frame)],
    },
    { district: config.district.name, reference: ref },
  );
  const studentIds = box.tasks.flatMap(({ task }) => task.student?.id ?? []);
  return { kind: 'digest', ref, to: box, rendered, studentIds } as const;
}

async function keepTold(tx: Tx, person: string, { tasks }: TaskBox, on: SchoolDate): Promise<void> {
  await recordTold(tx, { taskIds: tasks.map(({ task }) => task.id), person, on });
  const fromBelow = tasks.filter((one) => one.fromBelow && one.task.escalatedOn === null);
  await markEscalated(
    tx,
    fromBelow.map(({ task }) => task.id),
    on,
  );
}

/** Whoever wonders why a letter has not left reads it in the same mail. */
function stopBlock({ at }: KillSwitch, { timeZone }: Procedure): Block {
  const since = longDate(dateInZone(at, timeZone), 'en');
  const text = `Sending is stopped since ${since}: no letter and no packet leaves until a person resumes it.`;
  return paragraph(text);
}
