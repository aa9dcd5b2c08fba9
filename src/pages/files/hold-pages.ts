import { z } from 'zod';
import { HOLD_OWNER_ROLES, holdKinds } from '../../domain/hold-kinds.ts';
import { holdKindWords, roleWords } from '../../domain/plain-words.ts';
import { NOTE_PROMISED } from '../../procedure/contacts.ts';
import { addHold, type EndedHold, endHold, type HoldDesk } from '../../procedure/holds.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { Tx } from '../../store/database.ts';
import type { FileView } from '../../store/file-view.ts';
import { form, selectField, textArea, textField } from '../form.ts';
import { neededLine, neededNote, oneOf, optionalDate } from '../form-fields.ts';
import { type Html, html } from '../html.ts';
import { shownAgain } from '../shown-again.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { findFile, nameOf } from './find-file.ts';
import { holdLine } from './sections.ts';

const addSchema = z.strictObject({
  kind: neededLine('a kind of hold', 60),
  scope: oneOf(['', 'letters', 'referral', 'everything'], 'what it stops'),
  until: optionalDate('the last day'),
  owner: neededLine('whose hold it is', 200),
  reason: neededNote('a reason', 500),
});

const endSchema = z.strictObject({ because: neededLine('a reason', 500) });

/** `/files/<ref>/holds`: placing a hold and ending one. */
export function registerHoldPages(site: Site): void {
  const again = shownAgain(
    (request) => findFile(request, 'manage-hold'),
    (request, found, problems, values) => holdPage(site, request, found, problems, values),
  );
  site.get('/files/:file/holds', async (request): Promise<PageAnswer> => {
    const found = await findFile(request, 'manage-hold');
    if (found.kind !== 'found') return found;
    await request.viewed({ action: 'file-viewed', studentId: found.file.id });
    return holdPage(site, request, found);
  });
  site.post(
    '/files/:file/holds',
    addSchema,
    async (sent, request, tx): Promise<PageAnswer> => {
      const found = await findFile(request, 'manage-hold');
      if (found.kind !== 'found') return found;
      const { file, procedure } = found;
      const { person, moment } = request;
      const asked = {
        student: file.sourcedId,
        kind: sent.kind,
        scope: sent.scope === '' ? null : sent.scope,
        from: null,
        until: sent.until,
        owner: sent.owner,
        reason: sent.reason,
        by: person.name,
      };
      const added = await addHold(deskOf(site, tx, procedure), asked, moment);
      if (added.kind === 'unknown-student') return { kind: 'not-found' };
      if (added.kind === 'refused') {
        const field = added.part === 'from' ? '' : added.part;
        const problems = [{ field, text: `Found ${added.found}, expected ${added.expected}.` }];
        return again(request, problems, { ...sent, until: sent.until ?? '' });
      }
      await request.audit(tx, {
        action: 'hold-placed',
        studentId: file.id,
        subject: added.ref,
        detail: { scope: added.hold.scope },
      });
      return { kind: 'redirect', to: `/files/${file.ref}`, notice: `Hold ${added.ref} is placed.` };
    },
    { again },
  );
  site.post(
    '/files/:file/holds/:hold/end',
    endSchema,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const found = await findFile(request, 'manage-hold');
      if (found.kind !== 'found') return found;
      const { file, procedure } = found;
      const ref = request.params.hold ?? '';
      if (!file.holds.some((hold) => hold.ref === ref)) return { kind: 'not-found' };
      const { person, moment } = request;
      const ended = await endHold(deskOf(site, tx, procedure), { ref, by: person.name, because }, moment);
      if (ended.kind !== 'ended') {
        return again(request, [{ field: '', text: notEnded(ref, ended) }], {});
      }
      await request.audit(tx, { action: 'hold-ended', studentId: file.id, subject: ref });
      return { kind: 'redirect', to: `/files/${file.ref}`, notice: `Hold ${ref} has ended.` };
    },
    { again },
  );
}

function notEnded(ref: string, ended: Exclude<EndedHold, { kind: 'ended' }>): string {
  switch (ended.kind) {
    case 'still-flagged':
      return `The field ${ended.field} of the SIS still asks for hold ${ref}: correct it there first.`;
    case 'still-unread':
      return `The field ${ended.field} of the SIS cannot be read: hold ${ref} ends by itself once it can.`;
    case 'ended-before':
    case 'unknown':
      return `Hold ${ref} had ended before.`;
  }
}

function deskOf({ deps }: Site, tx: Tx, procedure: Procedure): HoldDesk {
  return { db: tx, procedure, people: deps.config.staff.map(({ email }) => email) };
}

function holdPage(
  site: Site,
  request: PageRequest,
  { file, procedure }: { file: FileView; procedure: Procedure },
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Page {
  const standing = file.holds.filter(
    ({ endedAt, ends }) => endedAt === null && (ends === null || ends >= request.moment.today),
  );
  return {
    kind: 'page',
    title: 'Holds',
    within: '/files',
    body: html`<p>Reasons not to act on <a href="/files/${file.ref}">${nameOf(file)}</a>. Letters and the referral wait while one is in force.</p>
<section aria-labelledby="standing"><h2 id="standing">In force or to come</h2>${
      standing.length === 0
        ? html`<p>None.</p>`
        : html`<ul>${standing.map((hold) => html`<li>${holdLine(hold)}${endForm(request, file, hold.ref)}</li>`)}</ul>`
    }</section>
<section aria-labelledby="place"><h2 id="place">Place a hold</h2>${addForm(site, request, { file, procedure }, problems, values)}</section>`,
  };
}

function endForm(request: PageRequest, file: FileView, ref: string): Html {
  return html`<details><summary>End ${ref}</summary>${form(request, {
    action: `/files/${file.ref}/holds/${ref}/end`,
    submit: 'End the hold',
    look: 'quiet',
    about: ref,
    fields: html`<div class="field"><label for="because-${ref}">Reason</label><input type="text" name="because" id="because-${ref}" maxlength="500" required autocomplete="off"></div>`,
  })}</details>`;
}

function addForm(
  { deps }: Site,
  request: PageRequest,
  { file, procedure }: { file: FileView; procedure: Procedure },
  problems: readonly FormProblem[],
  values: FormValues,
): Html {
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : '';
  };
  const kinds = holdKinds(procedure.policy.holds).filter(({ kind }) => kind !== NOTE_PROMISED);
  const here = deps.config.staff.filter(
    ({ schools }) => schools === 'all' || schools.includes(file.school?.sourcedId ?? ''),
  );
  const people = new Map(here.map(({ email, name }) => [email.toLowerCase(), name]));
  return form(request, {
    action: `/files/${file.ref}/holds`,
    submit: 'Place the hold',
    fields: html`${selectField({
      name: 'kind',
      label: 'Kind',
      hint: 'The family and the officer do not see the kind. Deceased and missing stop everything at once.',
      value: text('kind'),
      problems,
      choices: kinds.map(({ kind }) => ({ value: kind, label: holdKindWords(kind) })),
    })}${selectField({
      name: 'scope',
      label: 'What it stops',
      value: text('scope'),
      problems,
      choices: [
        { value: '', label: 'As usual for the kind' },
        { value: 'letters', label: 'Letters' },
        { value: 'referral', label: 'The referral' },
        { value: 'everything', label: 'Letters, tasks and the referral' },
      ],
    })}${textField({
      name: 'until',
      label: 'Last day (optional)',
      hint: 'Left out: as long as the kind allows.',
      type: 'date',
      min: request.moment.today,
      value: text('until'),
      problems,
    })}${selectField({
      name: 'owner',
      label: 'Whose hold it is',
      hint: 'Is reminded before it ends.',
      value: text('owner') || request.person.email,
      problems,
      choices: [
        ...[...people].map(([value, label]) => ({ value, label })),
        ...HOLD_OWNER_ROLES.map((role) => ({ value: role, label: `Every ${roleWords(role)}` })),
      ],
    })}${textArea({ name: 'reason', label: 'Reason', maxLength: 500, rows: 3, required: true, value: text('reason'), problems })}`,
  });
}
