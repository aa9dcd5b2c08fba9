import { renderStaffMail } from '../documents/staff-mail.ts';
import { addDays } from '../domain/school-date.ts';
import { keyOf, whoIsAsked } from '../domain/task-people.ts';
import { dueGroup, isSnoozed } from '../domain/task-time.ts';
import { openTasksForMail } from '../store/open-tasks.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import { recordToldAtOnce } from '../store/task-told.ts';
import { asToldTo } from './blind-task.ts';
import { digestBlocks } from './digest-blocks.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment, Procedure } from './procedure.ts';
import { shortHash } from './short-hash.ts';
import { queueStaffMessage } from './staff-message.ts';
import { taskLinks } from './task-links.ts';
import { taskInWords } from './task-words.ts';
import { mayBeTold, ownedOf, readStaffOut, type TaskBox, type ToldTask } from './whose-tasks.ts';

type Urgency = 'referral' | 'safety' | 'failure';

/** Nothing else comes in a mail of its own. */
const URGENT: Readonly<Record<string, Urgency>> = {
  'fix-referral-gaps': 'referral',
  'referral-due': 'referral',
  'contract-violated': 'referral',
  'sent-by-mistake': 'referral',
  'packet-taken': 'referral',
  'tell-officer': 'referral',
  'pull-letter': 'safety',
  'hold-flag-gone': 'safety',
  'hold-flag-unread': 'safety',
  'officer-not-reached': 'failure',
  'sending-stopped': 'failure',
  'mailbox-trouble': 'failure',
  'mail-bounced': 'failure',
  'resolve-mail': 'failure',
  'resolve-letter': 'failure',
  'remove-packet': 'failure',
  'packet-not-dropped': 'failure',
  'program-error': 'failure',
};

/** What nobody was told of for longer than this came before there were such mails, or before the school was live. */
const LOOK_BACK_DAYS = 3;

/**
 * Tells of a referral, of safety and of failures at once: one mail per person and cause. A second failure or referral of
 * the same kind on one day comes with the daily mail; what is about safety never waits.
 * @returns how many mails were composed now
 */
export async function composeUrgent(
  letterbox: Letterbox,
  procedure: Procedure,
  moment: Moment,
): Promise<number> {
  const { db, config } = letterbox;
  const { today } = moment;
  const wanted = { kinds: Object.keys(URGENT), untoldSince: addDays(today, -LOOK_BACK_DAYS) };
  const tasks = (await openTasksForMail(db, wanted)).filter(
    (task) => mayBeTold(task, procedure) && !isSnoozed(task, today),
  );
  if (tasks.length === 0) return 0;
  const isSchoolDay = procedure.calendarOf(null).isSchoolDay(today);
  const out = await readStaffOut(db, today);
  const boxes = new Map<string, { kind: string; name: string; email: string; tasks: ToldTask[] }>();
  for (const task of tasks) {
    if (URGENT[task.kind] === 'referral' && !isSchoolDay) continue;
    const told = {
      task,
      group: dueGroup(task.dueOn, today),
      reminder: false,
      escalated: false,
      fromBelow: false,
    };
    for (const { name, email, insteadOf } of whoIsAsked(ownedOf(task), config.staff, out)) {
      const key = `${task.kind} ${keyOf(email)}`;
      const box = boxes.get(key) ?? { kind: task.kind, name, email, tasks: [] };
      box.tasks.push({ ...told, task: asToldTo(task, email, config.staff), insteadOf });
      boxes.set(key, box);
    }
  }
  let composed = 0;
  for (const box of boxes.values()) if (await tellAtOnce(letterbox, box, moment)) composed += 1;
  return composed;
}

async function tellAtOnce(
  letterbox: Letterbox,
  box: TaskBox & { readonly kind: string },
  moment: Moment,
): Promise<boolean> {
  const { db, config, templates } = letterbox;
  const { today } = moment;
  const taskIds = box.tasks.map(({ task }) => task.id);
  const cause = URGENT[box.kind] === 'safety' ? `:${shortHash(taskIds.sort().join(), 24)}` : '';
  const key = `task:${box.kind}:${today}:${shortHash(keyOf(box.email), 24)}${cause}`;
  if (await hasStaffMail(db, key)) return false;
  const ref = newMailReference();
  return db.transaction().execute(async (tx) => {
    const links = await taskLinks(tx, letterbox, box, moment);
    const { longestList } = config.staffMail;
    const frame = { ...links, today, longestList, languageName: templates.languageName };
    const [first] = box.tasks;
    const what = first === undefined ? '' : taskInWords(first.task).title;
    const rendered = renderStaffMail(
      templates,
      'task',
      { what, 'person.name': box.name },
      { tasks: digestBlocks(box.tasks, frame) },
      { district: config.district.name, reference: ref },
    );
    const studentIds = box.tasks.flatMap(({ task }) => task.student?.id ?? []);
    const mail = { kind: 'task', ref, key, to: box, rendered, studentIds } as const;
    if ((await queueStaffMessage(tx, letterbox, mail, moment)) === null) return false;
    await recordToldAtOnce(tx, { taskIds, person: box.email, on: today });
    return true;
  });
}
