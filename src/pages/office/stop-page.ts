import { z } from 'zod';
import { longDate } from '../../documents/dates.ts';
import { counted } from '../../domain/plain-words.ts';
import { mayAnywhere } from '../../domain/rights.ts';
import { dateInZone } from '../../domain/school-date.ts';
import { countUnderWay, readKillSwitch, stopSending } from '../../store/kill-switch.ts';
import { unpostedRuns } from '../../store/print-run-list.ts';
import { form, textArea } from '../form.ts';
import { neededNote } from '../form-fields.ts';
import { html, nothing } from '../html.ts';
import type { FormProblem, FormValues, Page, PageAnswer, PageRequest, Site } from '../site.ts';
import { typed } from './office-words.ts';

const stopForm = z.strictObject({ because: neededNote('a reason', 500) });

/** `/stop`: the kill switch. The way on again is on the page of the brakes. */
export function registerStopPage(site: Site): void {
  const { config } = site.deps;

  site.get('/stop', async (request): Promise<PageAnswer> => {
    if (!mayAnywhere(request.person, 'answer-approval')) return { kind: 'forbidden' };
    return stopPage(request);
  });

  site.post(
    '/stop',
    stopForm,
    async ({ because }, request, tx): Promise<PageAnswer> => {
      const { person, moment } = request;
      if (!mayAnywhere(person, 'answer-approval')) return { kind: 'forbidden' };
      const stopped = await stopSending(tx, { by: person.name, because, now: moment.now });
      if (!stopped) return { kind: 'redirect', to: '/stop', notice: 'Sending was stopped before.' };
      const underWay = await countUnderWay(tx);
      await request.audit(tx, { action: 'sending-stopped', detail: { underWay } });
      const leaving =
        underWay === 0
          ? ''
          : ` ${counted(underWay, 'letter or packet', 'letters or packets')} had begun to leave: whether they arrived is not known yet.`;
      return { kind: 'redirect', to: '/stop', notice: `Stopped: no letter and no packet leaves.${leaving}` };
    },
    {
      again: async (request, problems, values) => {
        if (!mayAnywhere(request.person, 'answer-approval')) return { kind: 'forbidden' };
        return { kind: 'invalid', problems, page: await stopPage(request, problems, values) };
      },
    },
  );

  async function stopPage(
    request: PageRequest,
    problems: readonly FormProblem[] = [],
    values: FormValues = {},
  ): Promise<Page> {
    const { db } = request;
    const stop = await readKillSwitch(db);
    const page = { kind: 'page', title: 'Stop all sending', within: '/letters' } as const;
    if (stop !== null) {
      const since = longDate(dateInZone(stop.at, config.district.timeZone), 'en');
      const runs = await unpostedRuns(db);
      return {
        ...page,
        body: html`<p class="warning">Sending is stopped since ${since} by ${stop.by}: ${stop.because}</p>
${runs.length === 0 ? nothing : html`<p>Printed, and not to be posted meanwhile: ${runs.map(({ ref }) => ref).join(', ')}.</p>`}
<p>Counting and mails to staff go on. <a href="/brakes">What keeps letters back</a> has the way on.</p>`,
      };
    }
    return {
      ...page,
      body: html`<p>From then on no letter and no packet leaves, of any school, until somebody who is responsible for all schools lets them leave again. Printed letters must not be posted meanwhile. Counting and mails to staff go on.</p>
${form(request, {
  action: '/stop',
  submit: 'Stop all sending',
  look: 'danger',
  fields: textArea({
    name: 'because',
    label: 'Why',
    hint: 'Shown to everybody who wonders why nothing leaves.',
    maxLength: 500,
    rows: 3,
    required: true,
    value: typed(values, 'because'),
    problems,
  }),
})}`,
    };
  }
}
