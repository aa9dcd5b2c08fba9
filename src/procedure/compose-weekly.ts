import { type Block, heading, plainSpan } from '../documents/content.ts';
import { longDate } from '../documents/dates.ts';
import { renderStaffMail } from '../documents/staff-mail.ts';
import { addDays } from '../domain/school-date.ts';
import { keyOf } from '../domain/task-people.ts';
import { unreachableStaff } from '../store/staff-away.ts';
import { hasStaffMail, newMailReference } from '../store/staff-mails.ts';
import { keepFigures, keptFigures } from '../store/week-figures.ts';
import type { Letterbox } from './letterbox.ts';
import type { Moment, Procedure } from './procedure.ts';
import { shortHash } from './short-hash.ts';
import { queueStaffMessage } from './staff-message.ts';
import { pageLink } from './task-links.ts';
import { inOneLine, mondayOf, readWeek, type SchoolWeek, summaryOf } from './week-summary.ts';

/**
 * The figures of the week before, with the first digests of a week, to the administrators of each school and to the
 * supervisors. Numbers only. Nobody whose schools had nothing to tell gets one.
 * @returns how many mails were composed now
 */
export async function composeWeekly(
  letterbox: Letterbox,
  procedure: Procedure,
  moment: Moment,
): Promise<number> {
  const { db, config } = letterbox;
  const { today } = moment;
  if (!config.staffMail.weeklySummary || !procedure.calendarOf(null).isSchoolDay(today)) return 0;
  const week = addDays(mondayOf(today), -7);
  // Kept last: what was interrupted goes on where it was.
  if ((await keptFigures(db, week)).size > 0) return 0;
  const weeks = await readWeek(db, procedure, week, today);
  const unreachable = await unreachableStaff(db);
  let composed = 0;
  for (const [address, { name, email, schools }] of summaryReaders(letterbox)) {
    const own = weeks.filter(({ school }) => schools === 'all' || schools.has(school));
    const key = `summary:${week}:${shortHash(address, 24)}`;
    if (unreachable.has(address) || summaryOf(own, procedure).length === 0 || (await hasStaffMail(db, key)))
      continue;
    const queued = await db.transaction().execute(async (tx) => {
      const ref = newMailReference();
      const link = await pageLink(tx, letterbox, { email }, '/summary', moment);
      const rendered = renderStaffMail(
        letterbox.templates,
        'weekly-summary',
        {
          date: longDate(week, 'en'),
          'person.name': name,
          'school.name': own.length === 1 ? (own[0]?.name ?? '') : `your ${own.length} schools`,
        },
        { figures: figureBlocks(own, procedure, link) },
        { district: config.district.name, reference: ref },
      );
      return queueStaffMessage(
        tx,
        letterbox,
        { kind: 'summary', ref, key, to: { name, email }, rendered },
        moment,
      );
    });
    if (queued !== null) composed += 1;
  }
  const figures = new Map(weeks.map(({ schoolId, figures: numbers }) => [schoolId, numbers]));
  await db.transaction().execute((tx) => keepFigures(tx, week, figures, moment.now));
  return composed;
}

/** By e-mail address in small letters. */
function summaryReaders({ config }: Letterbox) {
  const people = new Map<string, { name: string; email: string; schools: Set<string> | 'all' }>();
  for (const { name, email, role, schools } of config.staff) {
    if (role !== 'administrator' && role !== 'supervisor') continue;
    const known = people.get(keyOf(email)) ?? { name, email, schools: new Set<string>() };
    if (schools === 'all' || known.schools === 'all') known.schools = 'all';
    else for (const school of schools) known.schools.add(school);
    people.set(keyOf(email), known);
  }
  return people;
}

function figureBlocks(weeks: readonly SchoolWeek[], procedure: Procedure, link: string | null): Block[] {
  const blocks: Block[] = summaryOf(weeks, procedure).flatMap(({ title, lines }): Block[] => [
    heading(2, title),
    {
      kind: 'table',
      head: [],
      rows: lines.map(({ what, now, before }) => [
        what,
        before === null ? `${now}` : `${now} (before: ${before})`,
      ]),
    },
  ]);
  const bySchool =
    weeks.length === 1
      ? []
      : weeks.flatMap((week) => {
          const told = inOneLine(week);
          return told === null ? [] : [[{ ...plainSpan(week.name), bold: true }, plainSpan(`: ${told}`)]];
        });
  if (bySchool.length > 0) {
    blocks.push(heading(2, 'By school'));
    blocks.push({ kind: 'list', ordered: false, items: bySchool });
  }
  if (link !== null)
    blocks.push({ kind: 'paragraph', spans: [{ ...plainSpan('Open the summary'), bold: true, href: link }] });
  return blocks;
}
