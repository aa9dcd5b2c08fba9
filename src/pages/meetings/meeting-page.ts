import { z } from 'zod';
import { meetingOutcomes } from '../../domain/meeting.ts';
import {
  answeredInWords,
  invitedInWords,
  meetingStateWords,
  whenInWords,
} from '../../domain/meeting-words.ts';
import { notTakenBackInWords } from '../../domain/undo-words.ts';
import { spelled } from '../../domain/words.ts';
import { readMeetingPapers } from '../../procedure/meeting-papers.ts';
import {
  type ChangedMeeting,
  cancelMeeting,
  changeMeeting,
  inviteMore,
  type MeetingDesk,
  recordOutcome,
} from '../../procedure/meetings.ts';
import { isInTime, undoMeetingOutcome } from '../../procedure/take-outcome-back.ts';
import type { Tx } from '../../store/database.ts';
import { type InviteeInLine, inviteesOf } from '../../store/meeting-invitees.ts';
import { findMeeting, type StoredMeeting } from '../../store/meetings.ts';
import { outcomeRecordedAt } from '../../store/taken-back.ts';
import { type FoundFile, findFile, mayAbout, nameOf } from '../files/find-file.ts';
import { form, radioField, textArea, textField } from '../form.ts';
import { neededNote, oneOf, optionalLine, optionalNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import { shownAgain } from '../shown-again.ts';
import type { AuditedAct, FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import {
  askedInvitees,
  askedPlan,
  inviteeFields,
  inviteeForm,
  planFields,
  planForm,
  refusalOf,
  textOf,
} from './meeting-form.ts';
import { invitableFor } from './schedule-page.ts';

const outcomeSchema = z.strictObject({
  outcome: oneOf(meetingOutcomes, 'what came of it'),
  note: optionalNote('the notes', 1_000),
});
const cancelSchema = z.strictObject({ because: neededNote('the reason', 500) });
const undoSchema = z.strictObject({ because: optionalLine('the reason', 500) });
const changeSchema = z.strictObject(planFields);
const inviteSchema = z.strictObject(inviteeFields);

const PATH = '/files/:file/meetings/:meeting';

interface FoundMeeting extends FoundFile {
  readonly meeting: StoredMeeting;
}

/** `/files/<ref>/meetings/E-…`: one meeting, whom it has, and the forms that change it. */
export function registerMeetingPage(site: Site): void {
  const find = async (
    request: PageRequest,
    right: 'view-file' | 'manage-meeting',
  ): Promise<FoundMeeting | PageAnswer> => {
    const found = await findFile(request, right);
    if (found.kind !== 'found') return found;
    const meeting = await findMeeting(request.db, request.params.meeting ?? '');
    return meeting?.studentId === found.file.id ? { ...found, meeting } : { kind: 'not-found' };
  };
  const again = shownAgain(
    (request) => find(request, 'manage-meeting'),
    (request, found, problems, values) => meetingPage(site, request, found, problems, values),
  );
  /** Does something about the meeting of the request, and answers with its page. */
  const act = async (
    request: PageRequest,
    tx: Tx,
    action: AuditedAct['action'],
    values: FormValues,
    change: (desk: MeetingDesk, found: FoundMeeting) => Promise<ChangedMeeting>,
  ): Promise<PageAnswer> => {
    const found = await find(request, 'manage-meeting');
    if (found.kind !== 'found') return found;
    const { file, meeting, procedure } = found;
    const desk = { letterbox: { ...site.deps.letterbox, db: tx }, procedure };
    const changed = await change(desk, found);
    if (changed.kind === 'refused') return again(request, [refusalOf(changed)], values);
    if (changed.kind !== 'changed') {
      const text = {
        unknown: 'There is no such meeting any more.',
        over: 'It was cancelled, or somebody has recorded what came of it.',
        'too-early': 'It is still to come: only a refusal can be recorded before.',
        'absolute-hold': 'A hold stops everything about this student.',
      }[changed.kind];
      return again(request, [{ field: '', text }], values);
    }
    const { state, sequence } = changed.meeting;
    await request.audit(tx, {
      action,
      studentId: file.id,
      subject: meeting.ref,
      detail: { state, sequence },
    });
    const to = `/files/${file.ref}/meetings/${meeting.ref}`;
    return { kind: 'redirect', to, notice: `Meeting ${meeting.ref} is recorded so.` };
  };

  site.get(PATH, async (request): Promise<PageAnswer> => {
    const found = await find(request, 'view-file');
    if (found.kind !== 'found') return found;
    await request.viewed({ action: 'file-viewed', studentId: found.file.id, subject: found.meeting.ref });
    return meetingPage(site, request, found);
  });
  site.get(`${PATH}/paper/:invitee`, async (request): Promise<PageAnswer> => {
    const found = await find(request, 'manage-meeting');
    if (found.kind !== 'found') return found;
    const papers = await readMeetingPapers(request.db, found.meeting.ref);
    const paper = papers?.find(({ inviteeId }) => inviteeId === request.params.invitee);
    if (paper === undefined) return { kind: 'not-found' };
    await request.viewed({
      action: 'document-viewed',
      studentId: found.file.id,
      subject: found.meeting.ref,
    });
    const { fileName, pdf: bytes } = paper;
    return { kind: 'file', fileName, mediaType: 'application/pdf', bytes, inline: true };
  });
  site.post(
    `${PATH}/change`,
    changeSchema,
    (sent, request, tx) => {
      const values = { ...sent, callIn: sent.callIn ?? '' };
      return act(request, tx, 'meeting-changed', values, (desk, { meeting: { ref } }) => {
        const changed = { ref, by: request.person.name, plan: askedPlan(sent) };
        return changeMeeting(tx, desk, changed, request.moment);
      });
    },
    { again },
  );
  site.post(
    `${PATH}/invite`,
    inviteSchema,
    async (sent, request, tx) => {
      const values = { ...sent, others: sent.others ?? '' };
      const invitees = askedInvitees(sent);
      if ('field' in invitees) return again(request, [invitees], values);
      return act(request, tx, 'meeting-changed', values, (desk, { meeting: { ref } }) =>
        inviteMore(tx, desk, { ref, by: request.person.name, ...invitees }, request.moment),
      );
    },
    { again },
  );
  site.post(
    `${PATH}/outcome`,
    outcomeSchema,
    (sent, request, tx) =>
      act(request, tx, 'meeting-recorded', { ...sent, note: sent.note ?? '' }, (desk, { meeting: { ref } }) =>
        recordOutcome(tx, desk, { ref, by: request.person.name, ...sent }, request.moment),
      ),
    { again },
  );
  site.post(
    `${PATH}/undo`,
    undoSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const found = await find(request, 'manage-meeting');
      if (found.kind !== 'found') return found;
      const { file, meeting, procedure } = found;
      const asked = { ref: meeting.ref, by: request.person.name, because };
      const undone = await undoMeetingOutcome(tx, procedure, asked, request.moment);
      if (undone.kind === 'unknown') return { kind: 'not-found' };
      if (undone.kind !== 'taken-back') {
        const text = notTakenBackInWords(undone, 'meeting');
        return again(request, [{ field: '', text }], { because: because ?? '' });
      }
      const audited = { action: 'meeting-outcome-undone', studentId: file.id, subject: meeting.ref } as const;
      await request.audit(tx, audited);
      const to = `/files/${file.ref}/meetings/${meeting.ref}`;
      return { kind: 'redirect', to, notice: `What was recorded of meeting ${meeting.ref} is taken back.` };
    },
    { again },
  );
  site.post(
    `${PATH}/cancel`,
    cancelSchema,
    (sent, request, tx) =>
      act(request, tx, 'meeting-cancelled', sent, (desk, { meeting: { ref } }) =>
        cancelMeeting(tx, desk, { ref, by: request.person.name, ...sent }, request.moment),
      ),
    { again },
  );
}

const undoForm = async (
  request: PageRequest,
  { file, meeting, procedure }: FoundMeeting,
  problems: readonly FormProblem[],
): Promise<Html> => {
  if (!isInTime(await outcomeRecordedAt(request.db, meeting.id), procedure, request.moment)) return nothing;
  return html`<section aria-labelledby="undo"><h2 id="undo">Recorded by mistake?</h2>
<p>What was recorded can be taken back for ${procedure.contactLog.undoHours} hours. It stays in the file, crossed out, and the meeting stands as before.</p>${form(
    request,
    {
      action: `/files/${file.ref}/meetings/${meeting.ref}/undo`,
      submit: 'Take it back',
      look: 'quiet',
      fields: textField({ name: 'because', label: 'Reason (optional)', maxLength: 500, problems }),
    },
  )}</section>`;
};

async function meetingPage(
  site: Site,
  request: PageRequest,
  found: FoundMeeting,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const { file, meeting } = found;
  const invited = await inviteesOf(request.db, meeting.id);
  const { ref, place, callIn, minutes, purpose, state, outcomeBy, outcomeOn, outcomeNote } = meeting;
  const facts: [string, string][] = [
    ['When', `${whenInWords(meeting)}, ${minutes} minutes`],
    ['Where', callIn === null ? place : `${place}, or ${callIn}`],
    ['What it is for', purpose],
    [
      'How it stands',
      outcomeOn === null
        ? meetingStateWords[state]
        : `${meetingStateWords[state]}, recorded on ${spelled(outcomeOn)} by ${outcomeBy}`,
    ],
    ...(outcomeNote === null ? [] : [['Notes', outcomeNote] as [string, string]]),
    ['Scheduled by', meeting.scheduledBy],
  ];
  const isMine = mayAbout(request, 'manage-meeting', file);
  return {
    kind: 'page',
    title: `Meeting ${ref}`,
    within: '/files',
    body: html`<p>About <a href="/files/${file.ref}">${nameOf(file)}</a></p>
<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<section aria-labelledby="invited"><h2 id="invited">Invited</h2>${
      invited.length === 0
        ? html`<p>Nobody was invited by Rollcall.</p>`
        : html`<ul>${invited.map((one) => inviteeLine(found, one, isMine))}</ul>`
    }</section>
${state === 'held' && isMine ? html`<p><a href="/files/${file.ref}/documents">Add the notes of the meeting as a document</a></p><p><a href="/files/${file.ref}/contracts?meeting=${ref}">Draft an attendance contract</a></p>` : nothing}
${isMine ? await undoForm(request, found, problems) : nothing}
${state === 'scheduled' && isMine ? await forms(site, request, found, problems, values) : nothing}`,
  };
}

function inviteeLine({ file, meeting }: FoundMeeting, one: InviteeInLine, isMine: boolean): Html {
  const { last } = one;
  const sheet =
    last?.documentId != null && isMine
      ? html` <a href="/files/${file.ref}/meetings/${meeting.ref}/paper/${one.id}">Sheet to hand over<span class="unseen">: ${one.name}</span></a>`
      : nothing;
  const state = last?.mailState == null ? '' : `, ${mailWords[last.mailState] ?? last.mailState}`;
  const answered = answeredInWords(one, meeting);
  return html`<li>${one.name}: ${invitedInWords(one)}${state}.${answered === '' ? nothing : html` <strong>Answer: ${answered}.</strong>`}${sheet}</li>`;
}

const mailWords: Readonly<Record<string, string>> = {
  queued: 'about to leave',
  claimed: 'leaving',
  transmitting: 'leaving',
  sent: 'sent',
  rejected: 'not accepted by the mail server',
  uncertain: 'uncertain whether it arrived',
  cancelled: 'taken back',
};

async function forms(
  site: Site,
  request: PageRequest,
  { file, meeting, procedure }: FoundMeeting,
  problems: readonly FormProblem[],
  values: FormValues,
): Promise<Html> {
  const { on, at, minutes, place, callIn, purpose } = meeting;
  const plan = { on, at, minutes: String(minutes), place, callIn: callIn ?? '', purpose, ...values };
  const calendar = procedure.calendarOf(file.school?.sourcedId ?? null);
  const here = `/files/${file.ref}/meetings/${meeting.ref}`;
  const wrong = (...names: string[]) => problems.some(({ field }) => names.includes(field));
  const open = (isOpen: boolean) => (isOpen ? html` open` : nothing);
  const hasCome = on <= request.moment.today;
  const invitable = await invitableFor(site, file, procedure, request);
  const text = textOf(values);
  return html`<section aria-labelledby="answer"><h2 id="answer">What came of it</h2>${form(request, {
    action: `${here}/outcome`,
    submit: 'Record',
    fields: html`${radioField({
      name: 'outcome',
      label: 'What came of it',
      value: text('outcome'),
      problems,
      choices: hasCome
        ? [
            { value: 'held', label: 'It was held' },
            { value: 'parent-absent', label: 'The family did not come', hint: 'Another one is asked for.' },
            { value: 'refused', label: 'The family refused' },
          ]
        : [
            {
              value: 'refused',
              label: 'The family refuses',
              hint: 'Whoever was invited hears that it is off.',
            },
          ],
    })}${textArea({ name: 'note', label: 'Notes (optional)', hint: 'In the file; the truancy officer sees them.', maxLength: 1_000, value: text('note'), problems })}`,
  })}</section>
<details${open(wrong('on', 'at', 'minutes', 'place', 'callIn', 'purpose'))}><summary>Move or change it</summary><p>Whoever was invited hears of it.</p>${form(
    request,
    {
      action: `${here}/change`,
      submit: 'Change and tell',
      look: 'quiet',
      fields: planForm(plan, problems, { min: calendar.firstDay, max: calendar.lastDay }),
    },
  )}</details>
${
  hasCome && on !== request.moment.today
    ? nothing
    : html`<details${open(wrong('families', 'staff', 'others'))}><summary>Invite more people</summary><p>Whoever could not be told before is told now, too.</p>${form(
        request,
        {
          action: `${here}/invite`,
          submit: 'Invite',
          look: 'quiet',
          fields: inviteeForm(invitable, values, problems),
        },
      )}</details>`
}
<details${open(wrong('because'))}><summary>Cancel it</summary><p>Whoever was told of it hears so.</p>${form(
    request,
    {
      action: `${here}/cancel`,
      submit: 'Cancel the meeting',
      look: 'danger',
      fields: textArea({
        name: 'because',
        label: 'Reason',
        hint: 'Goes into the attendance file.',
        maxLength: 500,
        rows: 2,
        required: true,
        value: text('because'),
        problems,
      }),
    },
  )}</details>`;
}
