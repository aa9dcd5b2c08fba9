import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { STOP_WORDS } from '../../domain/brakes.ts';
import { counted } from '../../domain/plain-words.ts';
import { mayAnywhere, schoolsWith } from '../../domain/rights.ts';
import { dateInZone } from '../../domain/school-date.ts';
import { releaseStop } from '../../procedure/end-stop.ts';
import { stopFileLies } from '../../procedure/heed-stop-file.ts';
import type { Person } from '../../procedure/people.ts';
import { endKillSwitch } from '../../procedure/tell-of-kill-switch.ts';
import { openBatches } from '../../store/batches.ts';
import { countBraked, openStops } from '../../store/brakes.ts';
import { readKillSwitch } from '../../store/kill-switch.ts';
import { unpostedRuns } from '../../store/print-run-list.ts';
import { form, textArea } from '../form.ts';
import { neededLine, neededNote } from '../form-fields.ts';
import { type Html, html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { typed } from './office-words.ts';

const releaseForm = z.strictObject({
  stop: neededLine('the stop', 40),
  because: neededNote('what was found out', 500),
});
const resumeForm = z.strictObject({ why: neededNote('a reason', 500) });

/** `/brakes`: what keeps letters back now, and for whoever is responsible for all schools the way on. */
export function registerBrakesPage(site: Site): void {
  const { config } = site.deps;

  site.get('/brakes', async (request): Promise<PageAnswer> => {
    if (!mayAnywhere(request.person, 'answer-approval')) return { kind: 'forbidden' };
    return brakesPage(request);
  });

  const again = async (
    request: PageRequest,
    problems: readonly FormProblem[],
    values: FormValues,
  ): Promise<PageAnswer> => {
    if (!mayLetGo(request.person)) return { kind: 'forbidden' };
    return { kind: 'invalid', problems, page: await brakesPage(request, problems, values) };
  };

  site.post(
    '/brakes/release',
    releaseForm,
    async ({ stop, because }, request, tx): Promise<PageAnswer> => {
      const { person, moment } = request;
      if (!mayLetGo(person)) return { kind: 'forbidden' };
      const released = await releaseStop(tx, stop, { by: person.name, because }, moment);
      if (!released)
        return { kind: 'redirect', to: '/brakes', notice: 'Somebody else has said so before: it is over.' };
      await request.audit(tx, { action: 'brake-released', subject: stop.toUpperCase() });
      return {
        kind: 'redirect',
        to: '/brakes',
        notice: 'Sending goes on, with the next look at what is due.',
      };
    },
    { again },
  );

  site.post(
    '/brakes/resume',
    resumeForm,
    async ({ why }, request, tx): Promise<PageAnswer> => {
      const { person, moment } = request;
      if (!mayLetGo(person)) return { kind: 'forbidden' };
      if (stopFileLies(config.stopFile))
        return again(
          request,
          [{ field: '', text: 'A file on the server stops sending. The IT contact has to remove it first.' }],
          { why },
        );
      const ended = await endKillSwitch(tx, { by: person.name, because: why }, moment);
      if (ended === null) return { kind: 'redirect', to: '/brakes', notice: 'Sending was not stopped.' };
      await request.audit(tx, { action: 'sending-resumed' });
      return {
        kind: 'redirect',
        to: '/brakes',
        notice: 'Letters and packets may leave again. Each is checked once more before it does.',
      };
    },
    { again },
  );

  async function brakesPage(
    request: PageRequest,
    problems: readonly FormProblem[] = [],
    values: FormValues = {},
  ): Promise<Page> {
    const { db } = request;
    const [stop, stops, batches, letters] = [
      await readKillSwitch(db),
      await openStops(db),
      await openBatches(db),
      await countBraked(db, request.moment.now),
    ];
    const mayRelease = mayLetGo(request.person);
    const on = (at: Date) => longDate(dateInZone(at, config.district.timeZone), 'en');
    const parts: Html[] = [];
    if (stop !== null) {
      const runs = await unpostedRuns(db);
      parts.push(html`<section aria-labelledby="kill-switch"><h2 id="kill-switch">All sending is stopped</h2>
<p class="warning">Since ${on(stop.at)} by ${stop.by}: ${stop.because}</p>
<p>${stop.endsByResuming ? 'No letter and no packet leaves, of any school. Counting and mails to staff go on.' : 'Nothing leaves, mails to staff neither, until the IT contact has settled what has left since. Counting goes on.'}${runs.length === 0 ? '' : ` Printed, and not to be posted meanwhile: ${runs.map(({ ref }) => ref).join(', ')}.`}</p>
${
  !stop.endsByResuming
    ? nothing
    : mayRelease
      ? form(request, {
          action: '/brakes/resume',
          submit: 'Let letters leave again',
          look: 'danger',
          fields: textArea({
            name: 'why',
            label: 'Why it is right now',
            hint: 'Kept with the stop.',
            maxLength: 500,
            rows: 2,
            required: true,
            value: typed(values, 'why'),
            problems,
          }),
        })
      : html`<p>${WHO}</p>`
}</section>`);
    }
    for (const { ref, kind, mails, openedAt } of stops) {
      const isMine = typed(values, 'stop') === ref;
      parts.push(html`<section aria-labelledby="${ref}"><h2 id="${ref}">Sending has stopped by itself</h2>
<p class="warning">Since ${on(openedAt)}: ${String(mails)} ${STOP_WORDS[kind]}.</p>
<p>First find out why, with the IT contact.${kind === 'uncertain' ? '' : ' What went on paper for it is not printed before either.'}</p>
${
  mayRelease
    ? form(request, {
        action: '/brakes/release',
        submit: 'Let sending go on',
        look: 'danger',
        fields: html`<input type="hidden" name="stop" value="${ref}">${textArea({
          name: 'because',
          label: `What was found out about stop ${ref}`,
          hint: 'Goes on record.',
          maxLength: 500,
          rows: 2,
          required: true,
          value: isMine ? typed(values, 'because') : '',
          problems: isMine ? problems : [],
        })}`,
      })
    : html`<p>${WHO}</p>`
}</section>`);
    }
    const waiting = batches.reduce((sum, batch) => sum + batch.letters, 0);
    const lines = [
      waiting === 0
        ? nothing
        : html`<li>${counted(waiting, 'letter waits', 'letters wait')} for one yes: <a href="/batches">To approve</a></li>`,
      letters.inRecallWindow === 0
        ? nothing
        : html`<li>${counted(letters.inRecallWindow, 'letter')} may still be called back before ${letters.inRecallWindow === 1 ? 'it leaves' : 'they leave'}.</li>`,
      letters.toWeigh === 0
        ? nothing
        : html`<li>${counted(letters.toWeigh, 'letter was', 'letters were')} not looked at by the brakes yet. That happens within minutes.</li>`,
    ].filter((line) => line !== nothing);
    if (lines.length > 0)
      parts.push(
        html`<section aria-labelledby="waits"><h2 id="waits">What waits</h2><ul>${lines}</ul></section>`,
      );
    return {
      kind: 'page',
      title: 'What keeps letters back',
      within: '/letters',
      body: html`${parts.length === 0 ? html`<p>No brake keeps a letter back.</p>` : parts}
${stop === null ? html`<p><a href="/stop">Stop all sending</a></p>` : nothing}`,
    };
  }
}

/** A stop is one for all schools. */
function mayLetGo(person: Person): boolean {
  return schoolsWith(person, 'answer-approval') === 'all';
}

const WHO = 'Whoever is supervisor or administrator for all schools lets letters leave again.';
