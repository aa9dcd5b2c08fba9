import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { CASE_OUTCOMES, caseOutcomes, outcomeInWords } from '../../domain/case-outcomes.ts';
import { mayAnywhere } from '../../domain/rights.ts';
import { notTakenBackInWords } from '../../domain/undo-words.ts';
import {
  askSchool,
  caseOfOfficer,
  confirmReceipt,
  fetchPacket,
  packetsOnPage,
  recordOutcome,
} from '../../procedure/case-desk.ts';
import { readSchoolFacts } from '../../procedure/school-facts.ts';
import { isInTime, undoCaseOutcome } from '../../procedure/take-outcome-back.ts';
import { type CaseEvent, listCaseEvents } from '../../store/case-events.ts';
import type { FiledCaseEvent } from '../../store/file-parts.ts';
import type { Packet } from '../../store/packets.ts';
import { type Referral, readReferral } from '../../store/referrals.ts';
import { form, radioField, textArea } from '../form.ts';
import { neededNote, oneOf, optionalNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';

const nothingToFill = z.strictObject({});
const outcomeForm = z.strictObject({
  outcome: oneOf(caseOutcomes, 'an outcome'),
  note: optionalNote('a note'),
});
const questionForm = z.strictObject({ question: neededNote('your question') });

/** `/case/R-…`: the packet, and what the officer and the school say to each other. It names no student. */
export function registerCasePage(site: Site): void {
  const { config } = site.deps;
  const find = async (request: PageRequest): Promise<Referral | null> => {
    const { db, person, params } = request;
    const isOfficer = mayAnywhere(person, 'pick-up-packet');
    const theirs = isOfficer ? await caseOfOfficer(db, params.ref ?? '', person.email) : null;
    if (theirs !== null) return theirs;
    const referral = await readReferral(db, { ref: (params.ref ?? '').toUpperCase() });
    if (referral !== null) request.refuse({ subject: referral.ref, studentId: referral.studentId });
    return null;
  };
  const at = (referral: Referral, { person }: PageRequest) => ({
    referral,
    by: person.name,
    email: person.email,
    timeZone: config.district.timeZone,
  });
  const again = {
    again: async (
      request: PageRequest,
      problems: readonly FormProblem[],
      values: FormValues,
    ): Promise<PageAnswer> => {
      const referral = await find(request);
      if (referral === null) return { kind: 'not-found' };
      return { kind: 'invalid', problems, page: await casePage(site, request, referral, problems, values) };
    },
  };

  site.get('/case/:ref', async (request) => {
    const referral = await find(request);
    if (referral === null) return { kind: 'not-found' };
    await request.viewed({ action: 'packet-viewed', subject: referral.ref, studentId: referral.studentId });
    return casePage(site, request, referral);
  });

  for (const what of ['packet', 'manifest'] as const) {
    site.get(`/case/:ref/${what}/:number`, async (request): Promise<PageAnswer> => {
      const referral = await find(request);
      if (referral === null) return { kind: 'not-found' };
      const number = Number(request.params.number);
      const fetched = await request.db.transaction().execute(async (tx) => {
        const answer = await fetchPacket(tx, config, at(referral, request), { number, what }, request.moment);
        if (answer.kind === 'fetched') {
          await request.audit(tx, {
            action: 'packet-disclosed',
            subject: referral.ref,
            studentId: referral.studentId,
            detail: { what, number },
          });
        }
        return answer;
      });
      if (fetched.kind === 'not-found') return { kind: 'not-found' };
      if (fetched.kind === 'stopped') return stoppedPage(referral);
      const { fileName, mediaType, bytes } = fetched;
      return { kind: 'file', fileName, mediaType, bytes };
    });
  }

  site.post('/case/:ref/receipt', nothingToFill, async (_form, request, tx): Promise<PageAnswer> => {
    const referral = await find(request);
    if (referral === null) return { kind: 'not-found' };
    if (await confirmReceipt(tx, at(referral, request), request.moment)) {
      await request.audit(tx, {
        action: 'packet-received',
        subject: referral.ref,
        studentId: referral.studentId,
      });
    }
    return back(referral, 'The school sees that you have it. Thank you.');
  });

  site.post(
    '/case/:ref/outcome',
    outcomeForm,
    async (said, request, tx): Promise<PageAnswer> => {
      const referral = await find(request);
      if (referral === null) return { kind: 'not-found' };
      await recordOutcome(tx, at(referral, request), said, request.moment);
      await request.audit(tx, {
        action: 'outcome-recorded',
        subject: referral.ref,
        studentId: referral.studentId,
        detail: { outcome: said.outcome },
      });
      return back(referral, 'The outcome is recorded, and the school sees it.');
    },
    again,
  );

  site.post('/case/:ref/outcome/undo', nothingToFill, async (_form, request, tx): Promise<PageAnswer> => {
    const referral = await find(request);
    const { procedure, moment, person } = request;
    if (referral === null || procedure === null) return { kind: 'not-found' };
    const asked = { referral, by: person.name, because: null };
    const undone = await undoCaseOutcome(tx, procedure, asked, moment);
    if (undone.kind === 'unknown') return { kind: 'not-found' };
    if (undone.kind !== 'taken-back') {
      const problems = [{ field: '', text: notTakenBackInWords(undone, 'outcome') }];
      return { kind: 'invalid', problems, page: await casePage(site, request, referral, problems) };
    }
    await request.audit(tx, {
      action: 'outcome-undone',
      subject: referral.ref,
      studentId: referral.studentId,
    });
    return back(referral, 'The outcome is taken back, and the school sees it.');
  });

  site.post(
    '/case/:ref/question',
    questionForm,
    async ({ question }, request, tx): Promise<PageAnswer> => {
      const referral = await find(request);
      const { procedure, moment } = request;
      if (referral === null || procedure === null) return { kind: 'not-found' };
      const asked = await askSchool(tx, procedure, at(referral, request), question, moment);
      await request.audit(tx, {
        action: 'question-asked',
        subject: referral.ref,
        studentId: referral.studentId,
        detail: { question: asked },
      });
      return back(referral, 'The school has your question. You get a mail when it is answered.');
    },
    again,
  );
}

function stoppedPage({ ref }: Referral): Page {
  return {
    kind: 'page',
    title: `Case ${ref} is stopped for now`,
    within: '/cases',
    body: html`<p>The district has stopped this case for now. Please call the school.</p><p><a href="/case/${ref}">Back to the case</a></p>`,
  };
}

function back({ ref }: Referral, notice: string): PageAnswer {
  return { kind: 'redirect', to: `/case/${ref}`, notice };
}

async function casePage(
  site: Site,
  request: PageRequest,
  referral: Referral,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const { config } = site.deps;
  const { db } = request;
  const school = await readSchoolFacts(db, config, referral.schoolId);
  const packets = await packetsOnPage(db, referral.id, request.person.email);
  const events = await listCaseEvents(db, referral.id);
  const receipt = events.find(({ kind }) => kind === 'receipt');
  const outcomes = events.filter(({ kind }) => kind === 'outcome');
  const recorded = events.filter(({ kind }) => kind === 'outcome' || kind === 'outcome-taken-back');
  return {
    kind: 'page',
    title: `Case ${referral.ref}`,
    within: '/cases',
    body: html`<p>${school.name} sends you the attendance file of a student. The packet names the student; this page does not.</p>
${referral.superseded ? html`<p class="note" role="note"><strong>The attendance records behind this case were corrected after it was sent.</strong> Please do not act on the packet as it was first sent.</p>` : nothing}
<dl class="facts"><dt>School</dt><dd>${school.name}</dd><dt>For questions</dt><dd>${school.contact.name}, <a href="tel:${school.contact.phone.replace(/[^0-9+]/g, '')}">${school.contact.phone}</a></dd>
<dt>Legal basis</dt><dd>${config.truancyOfficer.legalBasis}</dd><dt>Outcome</dt><dd>${outcomeInWords(outcomes.at(-1)?.outcome ?? null)}</dd></dl>
<section aria-labelledby="packets"><h2 id="packets">The packet</h2>
<p>Each download is on record with the school, as the law asks. Please do not pass the file on.</p>
${packets.length === 0 ? html`<p>No packet was addressed to you here. The school can send you a copy.</p>` : packets.map((packet) => packetCard(referral, packet))}</section>
<section aria-labelledby="receipt"><h2 id="receipt">Receipt</h2>${
      receipt === undefined
        ? html`<p>Tell the school with one click that you have the packet.</p>${form(request, { action: `/case/${referral.ref}/receipt`, submit: 'I have received it' })}`
        : html`<p>Confirmed on ${longDate(receipt.on, 'en')} by ${receipt.by}.</p>`
    }</section>
<section aria-labelledby="outcome"><h2 id="outcome">Outcome</h2>
${recorded.length === 0 ? nothing : html`<ul>${recorded.map(outcomeLine)}</ul>`}
${
  request.procedure !== null && isInTime(outcomes.at(-1)?.at ?? null, request.procedure, request.moment)
    ? html`<p>Recorded by mistake? It can be taken back for ${request.procedure.contactLog.undoHours} hours.</p>${form(request, { action: `/case/${referral.ref}/outcome/undo`, submit: 'Take the last outcome back', look: 'quiet' })}`
    : nothing
}
${form(request, {
  action: `/case/${referral.ref}/outcome`,
  submit: 'Record the outcome',
  look: 'quiet',
  fields: html`${radioField({
    name: 'outcome',
    label: 'What you have decided',
    choices: caseOutcomes.map((value) => ({
      value,
      label: CASE_OUTCOMES[value].label,
      ...(CASE_OUTCOMES[value].hint === '' ? {} : { hint: CASE_OUTCOMES[value].hint }),
    })),
    problems,
    value: textOf(values, 'outcome'),
  })}${textArea({ name: 'note', label: 'Note for the school, if you like', maxLength: 2_000, problems, value: textOf(values, 'note') })}`,
})}</section>
<section aria-labelledby="questions"><h2 id="questions">Questions to the school</h2>
${questionList(events)}
${form(request, {
  action: `/case/${referral.ref}/question`,
  submit: 'Ask the school',
  look: 'quiet',
  fields: textArea({
    name: 'question',
    label: 'Your question',
    hint: 'The administrator of the school gets it as a task.',
    maxLength: 2_000,
    required: true,
    problems,
    value: textOf(values, 'question'),
  }),
})}</section>`,
  };
}

function outcomeLine({ kind, on, outcome, says, by }: CaseEvent): Html {
  const line = html`${longDate(on, 'en')}: ${outcomeInWords(outcome)}${says === null ? '' : `. ${says}`} (${by})`;
  return kind === 'outcome' ? html`<li>${line}</li>` : html`<li><del>${line}</del> Taken back</li>`;
}

function textOf(values: FormValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function packetCard({ ref }: Referral, packet: Packet): Html {
  const name =
    packet.kind === 'original'
      ? 'Attendance file'
      : `${packet.kind === 'copy' ? 'Copy' : 'Correction'} ${packet.number}`;
  const megabytes = (packet.bytes / 1_000_000).toFixed(1);
  return html`<div class="card"><h3>${name}</h3>
<p>${packet.pages} pages, ${megabytes} MB, made on ${longDate(packet.builtOn, 'en')}. SHA-256 <code class="hash">${packet.sha256}</code></p>
<p class="actions"><a class="button" href="/case/${ref}/packet/${packet.number}">Download the packet (PDF)<span class="unseen">: ${name}</span></a></p>
<p class="actions"><a class="button quiet" href="/case/${ref}/manifest/${packet.number}">Download the manifest (JSON)<span class="unseen">: ${name}</span></a></p></div>`;
}

/** Each question with its answer. */
export function questionList(events: readonly FiledCaseEvent[]): Html {
  const questions = events.filter(({ kind }) => kind === 'question');
  if (questions.length === 0) return html`<p>No question was asked.</p>`;
  const items = questions.map((question) => {
    const answer = events.find(({ answers }) => answers === question.id);
    return html`<li><p><strong>${question.by}, ${longDate(question.on, 'en')}:</strong> ${question.says}</p>
<p>${answer === undefined ? 'The school has not answered yet.' : html`<strong>${answer.by}, ${longDate(answer.on, 'en')}:</strong> ${answer.says}`}</p></li>`;
  });
  return html`<ul>${items}</ul>`;
}
