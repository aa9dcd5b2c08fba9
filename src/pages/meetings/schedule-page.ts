import { z } from 'zod';
import { invitedInWords } from '../../domain/meeting-words.ts';
import { roleWords } from '../../domain/plain-words.ts';
import type { Right } from '../../domain/rights.ts';
import { familyWays, invitableStaff } from '../../procedure/choose-invitees.ts';
import { meetingTasks } from '../../procedure/meeting-tasks.ts';
import { decideNoMeeting, scheduleMeeting } from '../../procedure/meetings.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { FileView } from '../../store/file-view.ts';
import { openTasksOf } from '../../store/meeting-tasks.ts';
import { loadStudentFacts } from '../../store/student-facts.ts';
import { findFile, mayAbout, nameOf } from '../files/find-file.ts';
import { form, textArea } from '../form.ts';
import { neededNote } from '../form-fields.ts';
import { html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import {
  askedInvitees,
  askedPlan,
  type Invitable,
  inviteeFields,
  inviteeForm,
  planFields,
  planForm,
  refusalOf,
  textOf,
} from './meeting-form.ts';

const scheduleSchema = z.strictObject({ ...planFields, ...inviteeFields });
const noneSchema = z.strictObject({ because: neededNote('the reason', 500) });

/** `/files/<ref>/meetings`: arranging a meeting, or recording that none is needed. */
export function registerSchedulePage(site: Site): void {
  const againWith =
    (right: Right) =>
    async (
      request: PageRequest,
      problems: readonly FormProblem[],
      values: FormValues,
    ): Promise<PageAnswer> => {
      const found = await findFile(request, right);
      if (found.kind !== 'found') return found;
      return { kind: 'invalid', problems, page: await schedulePage(site, request, found, problems, values) };
    };
  const again = againWith('manage-meeting');
  const againNone = againWith('waive-meeting');
  site.get('/files/:file/meetings', async (request): Promise<PageAnswer> => {
    const found = await findFile(request, 'manage-meeting');
    if (found.kind !== 'found') return found;
    await request.viewed({ action: 'file-viewed', studentId: found.file.id });
    return schedulePage(site, request, found);
  });
  site.post(
    '/files/:file/meetings',
    scheduleSchema,
    async (sent, request, tx): Promise<PageAnswer> => {
      const found = await findFile(request, 'manage-meeting');
      if (found.kind !== 'found') return found;
      const values = { ...sent, callIn: sent.callIn ?? '', others: sent.others ?? '' };
      const invitees = askedInvitees(sent);
      if ('field' in invitees) return again(request, [invitees], values);
      const { file, procedure } = found;
      const { person, moment } = request;
      const asked = { student: file.sourcedId, ...askedPlan(sent), ...invitees, by: person.name };
      const desk = { letterbox: { ...site.deps.letterbox, db: tx }, procedure };
      const scheduled = await scheduleMeeting(tx, desk, asked, moment);
      switch (scheduled.kind) {
        case 'unknown-student':
        case 'not-enrolled':
          return { kind: 'not-found' };
        case 'absolute-hold':
          return again(request, [{ field: '', text: 'A hold stops everything about this student.' }], values);
        case 'refused':
          return again(request, [refusalOf(scheduled)], values);
        case 'scheduled': {
          const { meeting, invited } = scheduled;
          await request.audit(tx, {
            action: 'meeting-scheduled',
            studentId: file.id,
            subject: meeting.ref,
            detail: { invited: invited.length },
          });
          const to = `/files/${file.ref}/meetings/${meeting.ref}`;
          return { kind: 'redirect', to, notice: `Meeting ${meeting.ref} is scheduled.` };
        }
      }
    },
    { again },
  );
  site.post(
    '/files/:file/meetings/none-needed',
    noneSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const found = await findFile(request, 'waive-meeting');
      if (found.kind !== 'found') return found;
      const { file, procedure } = found;
      const decided = { student: file.sourcedId, step: null, by: request.person.name, because };
      const recorded = await decideNoMeeting(tx, procedure, decided, request.moment);
      if (recorded.kind !== 'recorded')
        return againNone(request, [{ field: '', text: 'No step asks for a meeting now.' }], { because });
      const detail = { steps: recorded.steps.join(' ') };
      await request.audit(tx, { action: 'meeting-not-needed', studentId: file.id, detail });
      return {
        kind: 'redirect',
        to: `/files/${file.ref}`,
        notice: 'It is in the file that no meeting is needed.',
      };
    },
    { again: againNone },
  );
}

/** Whom a meeting about a student can have, with the way of each household today. */
export async function invitableFor(
  { deps }: Site,
  file: FileView,
  procedure: Procedure,
  request: PageRequest,
): Promise<Invitable> {
  const { school } = file;
  const facts = await loadStudentFacts(request.db, { id: file.id, schoolYear: procedure.schoolYear.id });
  const ids = new Map(facts?.guardians.map(({ id, sourcedId }) => [id, sourcedId]) ?? []);
  const ways = facts === null || school === null ? [] : familyWays(facts, procedure, school, request.moment);
  const here = invitableStaff(deps.config, school?.sourcedId ?? '');
  const staff = new Map(
    here.map(({ email, name, role }) => [email.toLowerCase(), { email, name, role: roleWords(role) }]),
  );
  return {
    families: ways.flatMap((way) => {
      const value = ids.get(way.guardianIds[0] ?? 0);
      return value === undefined ? [] : [{ value, name: way.name, how: invitedInWords(way) }];
    }),
    staff: [...staff.values()],
  };
}

async function schedulePage(
  site: Site,
  request: PageRequest,
  { file, procedure }: { file: FileView; procedure: Procedure },
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const invitable = await invitableFor(site, file, procedure, request);
  const student = { studentId: file.id, schoolYear: procedure.schoolYear.id };
  const asked = await openTasksOf(request.db, student, meetingTasks);
  const typed = {
    minutes: String(site.deps.config.meetings.minutes),
    purpose: 'To agree how the student comes to school',
    families: invitable.families.map(({ value }) => value),
    ...values,
  };
  const calendar = procedure.calendarOf(file.school?.sourcedId ?? null);
  const limits = { min: calendar.firstDay, max: calendar.lastDay };
  const none =
    asked.length === 0 || !mayAbout(request, 'waive-meeting', file)
      ? nothing
      : html`<section aria-labelledby="none"><h2 id="none">No meeting is needed</h2>${form(request, {
          action: `/files/${file.ref}/meetings/none-needed`,
          submit: 'Record that none is needed',
          look: 'quiet',
          fields: textArea({
            name: 'because',
            label: 'Why',
            hint: 'Goes into the attendance file. It is not asked again for this step.',
            maxLength: 500,
            rows: 3,
            required: true,
            value: textOf(values)('because'),
            problems,
          }),
        })}</section>`;
  return {
    kind: 'page',
    title: 'Schedule a meeting',
    within: '/files',
    body: html`<p>About <a href="/files/${file.ref}">${nameOf(file)}</a>. Whoever is ticked is invited at once: by e-mail with an entry for the calendar, or on paper that the office hands over. To record a meeting that was held, give its day: nobody is invited to it.</p>
${form(request, {
  action: `/files/${file.ref}/meetings`,
  submit: 'Schedule and invite',
  fields: html`${planForm(typed, problems, limits)}${inviteeForm(invitable, typed, problems)}`,
})}
${none}`,
  };
}
