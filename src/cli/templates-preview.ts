import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { shownPath } from '../config/text-file.ts';
import { renderContractForm } from '../documents/contract-form.ts';
import { invitationNames, invitationSheet, renderInvitation } from '../documents/invitation.ts';
import { type LetterFacts, renderLetter } from '../documents/letter.ts';
import { type NoticeFacts, noticeNames } from '../documents/notices.ts';
import {
  type SampleLetter,
  type Sender,
  sampleContract,
  sampleLetters,
  sampleMeeting,
} from '../documents/sample-letters.ts';
import { loadTemplates, type Templates } from '../documents/template.ts';
import { addDays } from '../domain/school-date.ts';
import { dateOf, openContext } from './context.ts';
import { knownOption } from './option-values.ts';
import { print, printJson } from './output.ts';

interface PreviewOptions {
  readonly out: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

const FORM = 'contract-form';

export function previewCommand(): Command {
  return new Command('preview')
    .description(
      'Write letters, forms and invitations with invented students into a folder: long names, 30 dates, two households, a name from right to left, every language. Translations that nobody has reviewed are shown too.',
    )
    .argument('[name]', 'only this template, for example first-letter')
    .requiredOption(
      '--out <dir>',
      'folder for the PDF, HTML and text files; those of the same name are replaced',
    )
    .option('--as-of <date>', 'the day on which the samples are written, YYYY-MM-DD')
    .option('--json', 'the files as JSON')
    .action(async (name: string | undefined, options: PreviewOptions, command: Command) => {
      const { config } = openContext(command);
      const templates = asIfReviewed(await loadTemplates(config.templatesDir));
      const names = [
        ...templates.letterNames,
        ...noticeNames.filter((notice) => templates.notice(notice, 'en') !== null),
        ...(templates.form(FORM, 'en') === null ? [] : [FORM]),
        ...invitationNames.filter((invitation) => templates.invitation(invitation, 'en') !== null),
      ];
      const wanted = knownOption('name', name, names);
      const sender = senderOf(config, options.asOf);
      const dir = resolve(options.out);
      await mkdir(dir, { recursive: true });
      const files: string[] = [];
      for (const one of wanted === undefined ? names : [wanted]) {
        for (const sample of await samplesOf(templates, one, sender)) {
          for (const [extension, content] of Object.entries(sample.files)) {
            const path = join(dir, `${one}.${sample.name}.${extension}`);
            await writeFile(path, content);
            files.push(shownPath(path));
          }
        }
      }
      if (options.json === true) printJson(files);
      else print(`${files.length} files are in ${shownPath(dir)}. Nobody in them is real.`);
    });
}

interface SampleFiles {
  readonly name: string;
  readonly files: Readonly<Record<string, Buffer | string>>;
}

async function samplesOf(templates: Templates, name: string, sender: Sender): Promise<SampleFiles[]> {
  const { languages } = templates;
  const invitation = invitationNames.find((known) => known === name);
  if (invitation !== undefined) {
    const samples = sampleLetters(sender, languages).filter(({ name: about }) => !ABOUT_DATES.test(about));
    return Promise.all(samples.map(async (sample) => invitationFiles(templates, invitation, sample)));
  }
  if (name !== FORM) {
    const all: SampleFiles[] = [];
    for (const sample of sampleLetters(sender, languages))
      all.push(await letterFiles(templates, name, sample));
    return all;
  }
  const all: SampleFiles[] = [];
  for (const language of languages) {
    const form = await renderContractForm(templates, sampleContract(sender, language));
    const files = form.kind === 'rendered' ? { pdf: form.pdf } : { txt: `not written: ${form.kind}\n` };
    all.push({ name: `language-${language}`, files });
  }
  return all;
}

/** Samples that show what a list of dates does. */
const ABOUT_DATES = /-dates$|^one-day$/;

async function invitationFiles(
  templates: Templates,
  template: (typeof invitationNames)[number],
  { name, facts: letter }: SampleLetter,
): Promise<SampleFiles> {
  const facts = { ...letter, template, reference: 'E-0000-0000', meeting: sampleMeeting(letter.date) };
  const [sent, sheet] = [renderInvitation(templates, facts), await invitationSheet(templates, facts)];
  return {
    name,
    files: {
      ...(sheet.kind === 'rendered' && { pdf: sheet.pdf }),
      ...(sent.kind === 'rendered' && { html: sent.mail.html, txt: sent.mail.text }),
    },
  };
}

async function letterFiles(templates: Templates, name: string, sample: SampleLetter): Promise<SampleFiles> {
  const facts: LetterFacts = { ...sample.facts, template: name, ...noticeSample(name, sample.facts) };
  const letter = await renderLetter(templates, facts);
  if (letter.kind === 'rendered')
    return { name: sample.name, files: { pdf: letter.pdf, html: letter.html, txt: letter.text } };
  const missing = letter.characters.join(' ');
  return { name: sample.name, files: { txt: `held: no font has ${missing}\n` } };
}

function noticeSample(name: string, { date, count }: SampleLetter['facts']): NoticeFacts {
  const notice = noticeNames.find((known) => known === name);
  switch (notice) {
    case 'correction-letter': {
      const earlier = { reference: 'L-0000-0009', date: addDays(date, -14) };
      return { corrected: { ...earlier, count: String(Number(count) + 3) } };
    }
    case 'contract-kept':
      return { kept: { reference: 'C-0000-0000', begins: addDays(date, -40), ends: addDays(date, -5) } };
    case undefined:
      return {};
  }
}

/** What a translation will look like is what its reviewer wants to see. */
function asIfReviewed(templates: Templates): Templates {
  const shown = { by: 'nobody', on: '' };
  return {
    ...templates,
    letter: (name, language) => reviewedBy(templates.letter(name, language), shown),
    notice: (name, language) => reviewedBy(templates.notice(name, language), shown),
    form: (name, language) => reviewedBy(templates.form(name, language), shown),
    invitation: (name, language) => reviewedBy(templates.invitation(name, language), shown),
  };
}

function reviewedBy<T extends { readonly reviewed: unknown }>(
  template: T | null,
  reviewed: { by: string; on: string },
): T | null {
  return template && { ...template, reviewed: template.reviewed ?? reviewed };
}

/** The district writes as its first school: its letterhead is what the office wants to see. */
function senderOf(config: Config, asOf: string | undefined): Sender {
  const { district } = config;
  const [school] = config.schools;
  const date = dateOf(config, asOf);
  const begins = Number(date.slice(0, 4)) - (date.slice(5) < '07-01' ? 1 : 0);
  const phone = school?.phone ?? district.phone;
  return {
    date,
    schoolYear: `${begins}–${String(begins + 1).slice(2)}`,
    district,
    school: {
      name: school?.name ?? 'Sample School',
      phone,
      addressLines: school?.addressLines ?? district.addressLines,
    },
    signature: school?.signature ?? { name: 'Sample Person', title: 'Principal' },
    contact: { name: 'Sample Clerk', phone, email: school?.email ?? null },
    pictures: config.picturesFor(school?.id ?? null),
  };
}
