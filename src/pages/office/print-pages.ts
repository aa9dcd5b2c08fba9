import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { counted } from '../../domain/plain-words.ts';
import { mayAnywhere, mayDo } from '../../domain/rights.ts';
import { whom } from '../../domain/whom.ts';
import { postPrintRun } from '../../procedure/post-print-run.ts';
import { sheetOfRun } from '../../procedure/sheet-of-run.ts';
import { readDocument } from '../../store/documents.ts';
import { readKillSwitch } from '../../store/kill-switch.ts';
import { type LetterOfRun, type ListedRun, lettersOfRun, listPrintRuns } from '../../store/print-run-list.ts';
import { studentsOfRun } from '../../store/print-runs.ts';
import { checkBox, form, textField } from '../form.ts';
import { neededDate, ticked } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { refusedForm, seenBy, stepTitle, ticks, typed } from './office-words.ts';

const refs = z.array(z.string().max(40)).max(2_000).default([]);
const confirmForm = z.strictObject({
  on: neededDate('the day of posting'),
  left: refs,
  anyway: refs,
  before: ticked(),
});

/** `/prints`: the print runs of my schools; `/prints/:ref`: its file, what to pull, and that it is in the post. */
export function registerPrintPages(site: Site): void {
  const { config } = site.deps;
  site.navigation({
    path: '/prints',
    label: 'Print runs',
    shows: (person) => mayAnywhere(person, 'handle-paper'),
  });

  site.get('/prints', async (request): Promise<PageAnswer> => {
    if (!mayAnywhere(request.person, 'handle-paper')) return { kind: 'not-found' };
    const runs = seenBy(request.person, 'handle-paper', await listPrintRuns(request.db)).slice(0, 100);
    await request.viewed({ action: 'list-viewed', subject: 'prints', detail: { runs: runs.length } });
    const cards = runs.map(runCard);
    return {
      kind: 'page',
      title: 'Print runs',
      within: '/prints',
      body: html`${runs.length === 0 ? html`<p>Nothing was printed yet.</p>` : html`<ul class="cards">${cards}</ul>`}
<p><a href="/returned">Record returned post</a></p>`,
    };
  });

  site.get('/prints/:ref', async (request): Promise<PageAnswer> => {
    const run = await find(request);
    if (run === null) return { kind: 'not-found' };
    await request.viewed({ action: 'list-viewed', subject: run.ref, detail: await shownBy(request, run) });
    return runPage(request, run);
  });

  site.get('/prints/:ref/file', async (request): Promise<PageAnswer> => {
    const run = await find(request);
    if (run === null) return { kind: 'not-found' };
    const { bytes } = await readDocument(request.db, run.documentId);
    await request.viewed({
      action: 'prints-downloaded',
      subject: run.ref,
      detail: await shownBy(request, run),
    });
    return {
      kind: 'file',
      fileName: `print-run-${run.ref}.pdf`,
      mediaType: 'application/pdf',
      bytes,
      inline: true,
    };
  });

  site.get('/prints/:ref/control', async (request): Promise<PageAnswer> => {
    const run = await find(request);
    if (run === null) return { kind: 'not-found' };
    const bytes = await sheetOfRun(request.db, config, run, request.moment.today);
    await request.viewed({
      action: 'prints-downloaded',
      subject: run.ref,
      detail: { part: 'control-sheet', ...(await shownBy(request, run)) },
    });
    return {
      kind: 'file',
      fileName: `control-sheet-${run.ref}.pdf`,
      mediaType: 'application/pdf',
      bytes,
      inline: true,
    };
  });

  site.post(
    '/prints/:ref/confirm',
    confirmForm,
    async ({ on, left, anyway, before }, request, tx): Promise<PageAnswer> => {
      const { person, moment } = request;
      const run = await find(request);
      if (run === null) return { kind: 'not-found' };
      const posting = {
        run: run.ref,
        by: person.name,
        postedOn: on,
        except: left,
        postedAnyway: anyway,
        alreadyPosted: before,
      };
      const outcome = await postPrintRun(tx, posting, moment);
      const refused = async (text: string, field = '') =>
        refusedForm(await runPage(request, run, [{ field, text }]), text, field);
      switch (outcome.kind) {
        case 'confirmed': {
          await request.audit(tx, {
            action: 'prints-confirmed',
            subject: run.ref,
            detail: { posted: outcome.posted, left: outcome.left.length, pulled: outcome.pulled.length },
          });
          const rest =
            outcome.left.length === 0 ? '' : ` ${counted(outcome.left.length, 'letter')} still to be posted.`;
          return {
            kind: 'redirect',
            to: `/prints/${run.ref}`,
            notice: `${counted(outcome.posted, 'letter')} recorded as posted on ${longDate(on, 'en')}.${rest}`,
          };
        }
        case 'unknown-run':
          return { kind: 'not-found' };
        case 'sending-stopped':
          return refused(
            'Sending is stopped: nothing may be posted now. If it was in the post before the stop, tick the box that says so.',
            'before',
          );
        case 'posted-before':
          return refused(`This run was recorded as posted by ${outcome.run.postedBy ?? 'somebody'} before.`);
        case 'bad-day':
          return refused(`Please enter a day from ${longDate(outcome.printedOn, 'en')} to today.`, 'on');
        case 'not-in-run':
          return refused(
            `Nothing was recorded: ${outcome.refs.join(', ')} changed meanwhile. Please look at the list once more.`,
          );
      }
    },
    {
      again: async (request, problems, values) => {
        const run = await find(request);
        if (run === null) return { kind: 'not-found' };
        return { kind: 'invalid', problems, page: await runPage(request, run, problems, values) };
      },
    },
  );

  async function shownBy({ db }: PageRequest, { id, letters }: ListedRun) {
    return { letters, ...whom(await studentsOfRun(db, id)) };
  }

  async function find(request: PageRequest): Promise<ListedRun | null> {
    const { db, person, params } = request;
    const [run] = await listPrintRuns(db, { ref: (params.ref ?? '').toUpperCase() });
    if (run === undefined || mayDo(person, 'handle-paper', [run.school])) return run ?? null;
    request.refuse({ subject: run.ref, studentId: null });
    return null;
  }
}

function runCard({
  ref,
  schoolName,
  printedOn,
  letters,
  waiting,
  posted,
  pulled,
  postedOn,
}: ListedRun): Html {
  const state =
    waiting > 0
      ? `${counted(waiting, 'letter')} to post`
      : postedOn === null
        ? 'Nothing is left to post'
        : `Posted on ${longDate(postedOn, 'en')}`;
  return html`<li class="card${waiting > 0 ? ' late' : ''}"><h2><a href="/prints/${ref}">${schoolName}, ${longDate(printedOn, 'en')}</a></h2>
<p>${counted(letters, 'letter')} in all: ${posted} posted, ${pulled} pulled or to be pulled</p><p class="due">${state}</p><p class="quiet-text">Reference ${ref}</p></li>`;
}

const STATES: Readonly<Record<LetterOfRun['state'], string>> = {
  'to-post': 'to be posted',
  posted: 'posted',
  pull: 'take it out: it must not be posted',
  pulled: 'taken out',
  returned: 'came back',
};

async function runPage(
  request: PageRequest,
  run: ListedRun,
  problems: readonly FormProblem[] = [],
  values: FormValues = {},
): Promise<Page> {
  const { db } = request;
  const letters = await lettersOfRun(db, run.id);
  const stopped = (await readKillSwitch(db)) !== null;
  const open = letters.some(({ state }) => state === 'to-post' || state === 'pull');
  const toPull = letters.filter(({ state }) => state === 'pull').length;
  const rows = letters.map((letter) => {
    const { ref, place, envelope, step, pages, state, hasAddress } = letter;
    const box =
      state === 'to-post'
        ? tick('left', ref, `Not posted yet`, ticks(values, 'left').includes(ref))
        : state === 'pull'
          ? tick('anyway', ref, `Posted all the same`, ticks(values, 'anyway').includes(ref))
          : nothing;
    return html`<tr${state === 'pull' ? html` class="late"` : nothing}><td data-label="Place">${place}</td><td data-label="Envelope">${envelope}</td><th scope="row"><a href="/letters/${ref}/pdf">${ref}</a></th><td data-label="Step">${stepTitle(request.procedure, step)}</td><td data-label="Pages">${pages}</td><td class="due">${STATES[state]}${hasAddress ? '' : '; no address: hand it over'}</td><td>${box}</td></tr>`;
  });
  const list = html`<div class="scroll" tabindex="0" role="region" aria-label="Letters of the run"><table class="stack"><caption>Letters in the order of the file</caption>
<thead><tr><th scope="col">Place</th><th scope="col">Envelope</th><th scope="col">Letter</th><th scope="col">Step</th><th scope="col">Pages</th><th scope="col">State</th><th scope="col">Other than that</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const fields = html`${list}
${textField({ name: 'on', label: 'Day of posting', type: 'date', required: true, value: typed(values, 'on') || request.moment.today, min: run.printedOn, max: request.moment.today, problems })}
${stopped ? checkBox({ name: 'before', label: 'It was in the post before sending was stopped', checked: values.before === 'yes', problems }) : nothing}`;
  return {
    kind: 'page',
    title: `Print run ${run.ref}`,
    within: '/prints',
    body: html`<p>${run.schoolName}, printed on ${longDate(run.printedOn, 'en')}: ${counted(run.letters, 'letter')} in ${counted(run.envelopes, 'envelope')}, ${counted(run.pages, 'page')}.</p>
${stopped && open ? html`<p class="warning">Sending is stopped: nothing of it may be posted now.</p>` : nothing}
${toPull > 0 ? html`<p class="warning">${counted(toPull, 'letter')} must not be posted. The control sheet names ${toPull === 1 ? 'it' : 'them'}.</p>` : nothing}
<p class="actions"><a class="button" href="/prints/${run.ref}/file">Open the file to print (PDF)</a> <a class="button quiet" href="/prints/${run.ref}/control">Control sheet of today (PDF)</a></p>
<section aria-labelledby="confirm"><h2 id="confirm">${open ? 'Confirm that it is in the post' : 'What became of it'}</h2>
${open ? html`<p>All letters count as posted but for those that you mark. What had to be taken out counts as taken out.</p><div class="wide">${form(request, { action: `/prints/${run.ref}/confirm`, submit: 'Confirm as posted', fields })}</div>` : list}</section>`,
  };
}

function tick(name: string, ref: string, label: string, checked: boolean): Html {
  return html`<label class="choice"><input type="checkbox" name="${name}" value="${ref}"${checked ? html` checked` : nothing}> <span>${label}<span class="unseen">: ${ref}</span></span></label>`;
}
