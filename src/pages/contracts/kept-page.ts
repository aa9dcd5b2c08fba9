import { z } from 'zod';
import { keptObstacleWords } from '../../domain/kept-obstacle.ts';
import { spelled } from '../../domain/words.ts';
import { type KeptLetter, recordKeptLetters, writeKeptLetters } from '../../procedure/kept-letters.ts';
import { findContract } from '../../store/contracts.ts';
import { findFile, nameOf } from '../files/find-file.ts';
import { form } from '../form.ts';
import { type Html, html, nothing } from '../html.ts';
import type { PageAnswer, PageRequest, Site } from '../site.ts';

const PATH = '/files/:file/contracts/:contract/kept';

/** `…/contracts/C-…/kept`: the letter that tells a family that its contract was kept, and that the family has it. */
export function registerKeptPage(site: Site): void {
  const { letterbox } = site.deps;
  const find = async (request: PageRequest) => {
    const found = await findFile(request, 'draft-contract');
    if (found.kind !== 'found') return found;
    const contract = await findContract(request.db, request.params.contract ?? '');
    if (contract === null || contract.studentId !== found.file.id) return { kind: 'not-found' } as const;
    const { procedure } = found;
    const desk = { ...letterbox, db: request.db };
    const kept = await writeKeptLetters(desk, procedure, contract.ref, request.moment);
    return { ...found, contract, kept };
  };

  site.get(PATH, async (request): Promise<PageAnswer> => {
    const found = await find(request);
    if (found.kind !== 'found') return found;
    const { file, contract, kept } = found;
    const { ref, begins, ends } = contract;
    await request.viewed({ action: 'file-viewed', studentId: file.id, subject: ref });
    const here = `/files/${file.ref}/contracts/${ref}`;
    const about = html`<p>Attendance contract <a href="${here}">${ref}</a> with the family of <a href="/files/${file.ref}">${nameOf(file)}</a>, from ${spelled(begins)} to ${spelled(ends)}.</p>`;
    return {
      kind: 'page',
      title: 'Tell the family that it was kept',
      within: '/files',
      body:
        kept.kind !== 'written'
          ? html`${about}<p>${keptObstacleWords[kept.kind]}</p>`
          : html`${about}
<p>Nothing is sent by itself. Print the letter and hand it over or post it, or send its words from the office’s mailbox.</p>
<ul class="cards">${kept.letters.map((letter, index) => card(`${here}/kept/${index + 1}`, letter))}</ul>
${kept.isAsked ? told(request, here) : nothing}`,
    };
  });

  site.get(`${PATH}/:number`, async (request): Promise<PageAnswer> => {
    const found = await find(request);
    if (found.kind !== 'found') return found;
    const { file, contract, kept } = found;
    const letter = kept.kind === 'written' ? kept.letters[Number(request.params.number) - 1] : undefined;
    if (letter === undefined) return { kind: 'not-found' };
    await request.viewed({ action: 'document-viewed', studentId: file.id, subject: contract.ref });
    const { pdf: bytes } = letter.written;
    return {
      kind: 'file',
      fileName: `contract-kept-${contract.ref}.pdf`,
      mediaType: 'application/pdf',
      bytes,
      inline: true,
    };
  });

  site.post(`${PATH}/told`, z.strictObject({}), async (_form, request, tx): Promise<PageAnswer> => {
    const found = await find(request);
    if (found.kind !== 'found') return found;
    const { file, contract, procedure } = found;
    const { ref } = contract;
    const to = `/files/${file.ref}/contracts/${ref}`;
    const asked = { ref, by: request.person.name };
    const recorded = await recordKeptLetters(tx, letterbox, procedure, asked, request.moment);
    if (recorded.kind === 'told-before')
      return { kind: 'redirect', to, notice: 'Somebody has recorded it before.' };
    if (recorded.kind !== 'written')
      return { kind: 'redirect', to, notice: keptObstacleWords[recorded.kind] };
    const detail = { letters: recorded.letters.length };
    await request.audit(tx, { action: 'contract-kept-told', studentId: file.id, subject: ref, detail });
    return { kind: 'redirect', to, notice: 'It is in the file that the family has the letter.' };
  });
}

function card(path: string, { to, email, written }: KeptLetter): Html {
  const { subject, text, languages } = written;
  const names = new Intl.DisplayNames('en', { type: 'language' });
  const spoken = new Intl.ListFormat('en').format(
    languages.map((language) => names.of(language) ?? language),
  );
  return html`<li class="card"><h2>To ${to}</h2>
<p>In ${spoken}. ${email === null ? 'On paper.' : html`E-mail address: ${email}`}</p>
<p class="actions"><a class="button" href="${path}">Open the letter (PDF)<span class="unseen">: ${to}</span></a></p>
<details><summary>Its words, for an e-mail<span class="unseen">: ${to}</span></summary><p><strong>${subject}</strong></p><pre class="words" lang="${languages[0] ?? 'en'}">${text}</pre></details></li>`;
}

function told(request: PageRequest, here: string): Html {
  return html`<section aria-labelledby="told"><h2 id="told">The family has it</h2>${form(request, {
    action: `${here}/kept/told`,
    submit: 'Record that the family has it',
    fields: html`<p>A copy of each letter goes into the attendance file, and the task is done.</p>`,
  })}</section>`;
}
