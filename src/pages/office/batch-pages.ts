import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { counted } from '../../domain/plain-words.ts';
import { isAskedAt, mayAnywhere } from '../../domain/rights.ts';
import { whom } from '../../domain/whom.ts';
import {
  type ApprovalGroup,
  answerGroup,
  type GroupOutcome,
  listGroups,
} from '../../procedure/approval-groups.ts';
import { answerBatch, type BatchAnswer, type BatchOutcome } from '../../procedure/batches.ts';
import { type Batch, lettersOfBatch, openBatches, partsOfBatch, readBatch } from '../../store/batches.ts';
import { form, radioField, textArea } from '../form.ts';
import { neededNote, oneOf } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { refusedForm, stepTitle, ticks, typed } from './office-words.ts';

const answerForm = z.strictObject({
  answer: oneOf(['approve', 'refuse'], 'yes or no'),
  because: neededNote('a reason', 500),
  except: z.array(z.string().max(40)).max(2_000).default([]),
});

/** One thing that waits for a yes: letters that a brake holds back, or steps that the policy has approved first. */
interface Asked {
  readonly ref: string;
  readonly title: string;
  readonly why: string;
  readonly lines: readonly {
    readonly ref: string;
    readonly studentId: number;
    readonly name: string;
    readonly school: string;
    readonly what: string;
    readonly remark: string;
    /** Where its letter can be read. */
    readonly letter: string | null;
  }[];
}

/** `/batches`: what waits for a yes; `/batches/:ref`: each letter of it, and the answer. */
export function registerBatchPages(site: Site): void {
  site.navigation({
    path: '/batches',
    label: 'To approve',
    shows: ({ roles }) => roles.some(({ role }) => role === 'administrator' || role === 'supervisor'),
  });

  site.get('/batches', async (request): Promise<PageAnswer> => {
    const { db, person, procedure } = request;
    const approver = procedure?.brakes.approver ?? 'supervisor';
    const items: Html[] = [];
    for (const batch of await openBatches(db)) {
      const parts = await partsOfBatch(db, batch.id);
      if (
        !isAskedAt(
          person,
          approver,
          parts.map((part) => part.schoolSourcedId),
        )
      )
        continue;
      const where = parts.map(
        ({ school, step, letters }) => `${school}, ${stepTitle(procedure, step)}: ${letters}`,
      );
      items.push(card(batch.ref, counted(batch.letters, 'letter'), reasonWords(batch), where));
    }
    for (const group of await listGroups(db)) {
      if (!isAskedAt(person, group.role, [group.schoolSourcedId])) continue;
      const { school, step, approvals } = group;
      const title = `${stepTitle(procedure, step)}: ${counted(approvals.length, 'student')}`;
      items.push(card(group.ref, title, 'The policy asks before anything is sent.', [school ?? 'No school']));
    }
    // Whoever the policy asks sees what waits; the others who may answer see that nothing does.
    if (items.length === 0 && !mayAnywhere(person, 'answer-approval')) return { kind: 'not-found' };
    await request.viewed({ action: 'list-viewed', subject: 'batches', detail: { open: items.length } });
    const body =
      items.length === 0 ? html`<p>Nothing waits for your yes.</p>` : html`<ul class="cards">${items}</ul>`;
    return { kind: 'page', title: 'To approve', within: '/batches', body };
  });

  site.get('/batches/:ref', async (request): Promise<PageAnswer> => {
    const asked = await find(request);
    if (asked === null) return { kind: 'not-found' };
    await request.viewed({
      action: 'list-viewed',
      subject: asked.ref,
      detail: { lines: asked.lines.length, ...whom(asked.lines.map(({ studentId }) => studentId)) },
    });
    return askedPage(request, asked);
  });

  site.post(
    '/batches/:ref/answer',
    answerForm,
    async ({ answer, because, except }, request, tx): Promise<PageAnswer> => {
      const { person, procedure, moment } = request;
      const asked = await find(request);
      if (asked === null || procedure === null) return { kind: 'not-found' };
      const said: BatchAnswer = {
        answer,
        by: person.name,
        because,
        except: answer === 'refuse' ? [] : except,
      };
      const page = askedPage(request, asked);
      const notice = asked.ref.startsWith('G-')
        ? groupNotice(await answerGroup(tx, asked.ref, said, moment), page)
        : batchNotice(await answerBatch(tx, procedure, asked.ref, said, moment), answer, page);
      if (typeof notice !== 'string') return notice;
      await request.audit(tx, {
        action: asked.ref.startsWith('G-') ? 'approval-answered' : 'batch-answered',
        subject: asked.ref,
        detail: { answer, lines: asked.lines.length, except: said.except.length },
      });
      return { kind: 'redirect', to: '/batches', notice };
    },
    {
      again: async (request, problems, values) => {
        const asked = await find(request);
        if (asked === null) return { kind: 'not-found' };
        return { kind: 'invalid', problems, page: askedPage(request, asked, problems, values) };
      },
    },
  );

  /** As it is asked of this person; null: nobody asks the person that. */
  async function find(request: PageRequest): Promise<Asked | null> {
    const { db, person, params, procedure } = request;
    const ref = (params.ref ?? '').toUpperCase();
    if (ref.startsWith('G-')) {
      const group = (await listGroups(db)).find((one) => one.ref === ref);
      if (group === undefined) return null;
      if (!isAskedAt(person, group.role, [group.schoolSourcedId])) {
        request.refuse({ subject: ref, studentId: null });
        return null;
      }
      return askedOfGroup(group, stepTitle(procedure, group.step));
    }
    const batch = await readBatch(db, ref);
    if (batch === null || batch.state !== 'open') return null;
    const letters = await lettersOfBatch(db, batch.id);
    const schools = letters.map(({ schoolSourcedId }) => schoolSourcedId);
    if (!isAskedAt(person, procedure?.brakes.approver ?? 'supervisor', schools)) {
      request.refuse({ subject: batch.ref, studentId: null });
      return null;
    }
    return {
      ref: batch.ref,
      title: `Approve ${counted(letters.length, 'letter')}`,
      why: reasonWords(batch),
      lines: letters.map(({ ref: letter, studentId, name, school, step, count, channel }) => ({
        ref: letter,
        studentId,
        name,
        school,
        what: stepTitle(procedure, step),
        remark: `${counted(Number(count), 'day')}, ${channel === 'paper' ? 'on paper' : 'by e-mail'}`,
        letter: `/letters/${letter}/pdf`,
      })),
    };
  }
}

/** What became of an answer: the sentence for the next page, or the page that says why there is none. */
function groupNotice(outcome: GroupOutcome, page: Page): string | PageAnswer {
  if (outcome.kind !== 'answered') return refusedForm(page, CHANGED);
  return `Approved: ${outcome.given}, refused: ${outcome.refused}. What was approved goes on at once.`;
}

function batchNotice(outcome: BatchOutcome, answer: BatchAnswer['answer'], page: Page): string | PageAnswer {
  switch (outcome.kind) {
    case 'answered': {
      const back = outcome.calledBack === 0 ? '' : ` ${counted(outcome.calledBack, 'letter')} called back.`;
      return answer === 'refuse'
        ? `Nothing of it is sent.${back}`
        : `${counted(outcome.letters, 'letter')} may leave in the next sending window, once the time to call them back is over.${back}`;
    }
    case 'changed':
      return {
        kind: 'redirect',
        to: outcome.now === null ? '/batches' : `/batches/${outcome.now.ref}`,
        notice:
          'Nothing was answered: the letters are no longer those that you saw. Please look at those that wait now.',
      };
    case 'not-ready':
      return refusedForm(
        page,
        'Nothing was answered: some of it cannot have been seen yet. It is ready within minutes; please answer then.',
      );
    case 'unknown':
    case 'not-open':
    case 'not-in-batch':
      return refusedForm(page, CHANGED);
  }
}

const CHANGED = 'Nothing was answered: this is no longer what waits. Please go back to the list.';

function askedOfGroup({ ref, school, approvals }: ApprovalGroup, step: string): Asked {
  return {
    ref,
    title: `Approve for ${counted(approvals.length, 'student')}: ${step}`,
    why: 'The policy asks before anything is sent. What you leave out is refused.',
    lines: approvals.map((one) => ({
      ref: one.ref,
      studentId: one.studentId,
      name: one.name,
      school: school ?? '',
      what: step,
      remark:
        one.deadline === null
          ? `due ${longDate(one.dueOn, 'en')}`
          : `by law until ${longDate(one.deadline, 'en')}`,
      letter: null,
    })),
  };
}

function reasonWords({ reasons, planned, volumeLimit, runOn }: Batch): string {
  if (reasons.includes('restored'))
    return `The database was restored, and some of these letters may have left before. They are of ${longDate(runOn, 'en')}. Compare them with what the office has sent since.`;
  return reasons.includes('volume')
    ? `On ${longDate(runOn, 'en')} ${planned} letters were planned; up to ${volumeLimit} would have needed nobody’s yes.`
    : 'Letters as they are worded now have never left. The office has copies of some.';
}

function card(ref: string, title: string, why: string, where: readonly string[]): Html {
  return html`<li class="card"><h2><a href="/batches/${ref}">${title}</a></h2><p>${why}</p>
<ul>${where.map((line) => html`<li>${line}</li>`)}</ul><p class="quiet-text">Reference ${ref}</p></li>`;
}

function askedPage(
  request: PageRequest,
  asked: Asked,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Page {
  const left = ticks(values, 'except');
  const rows = asked.lines.map(
    ({
      ref,
      name,
      school,
      what,
      remark,
      letter,
    }) => html`<tr><th scope="row">${name}</th><td data-label="School">${school}</td><td data-label="Step">${what}</td><td data-label="More">${remark}</td>
<td>${letter === null ? html`<span class="quiet-text">Not written yet</span>` : html`<a href="${letter}">Read the letter<span class="unseen">, ${ref}, to the family of ${name}</span></a>`}</td>
<td><label class="choice"><input type="checkbox" name="except" value="${ref}"${left.includes(ref) ? html` checked` : nothing}> <span>Leave out<span class="unseen"> ${name}</span></span></label></td></tr>`,
  );
  const fields = html`<div class="scroll" tabindex="0" role="region" aria-label="What waits"><table class="stack"><caption>${counted(asked.lines.length, 'student')} in all</caption>
<thead><tr><th scope="col">Student</th><th scope="col">School</th><th scope="col">Step</th><th scope="col">More</th><th scope="col">Letter</th><th scope="col">Not this one</th></tr></thead>
<tbody>${rows}</tbody></table></div>
${radioField({
  name: 'answer',
  label: 'Your answer',
  problems,
  value: typed(values, 'answer'),
  choices: [
    { value: 'approve', label: 'Yes, for all but those left out', hint: 'What is left out is not sent.' },
    { value: 'refuse', label: 'No, none of it is sent' },
  ],
})}
${textArea({ name: 'because', label: 'Why', hint: 'Goes on record.', maxLength: 500, rows: 2, required: true, value: typed(values, 'because'), problems })}`;
  return {
    kind: 'page',
    title: asked.title,
    within: '/batches',
    body: html`<p>${asked.why}</p>
<div class="wide">${form(request, { action: `/batches/${asked.ref}/answer`, submit: 'Answer', fields })}</div>`,
  };
}
