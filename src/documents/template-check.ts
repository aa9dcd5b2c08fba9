import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NoticeName } from './notices.ts';
import { type ReadingEase, readingEase, wordsIn } from './reading-ease.ts';
import { readTemplates, type TemplateKind, type Templates } from './template.ts';
import type { Template } from './template-files.ts';

/** What is wrong with a template, or should be looked at by a person. */
export interface TemplateFinding {
  /** A warning stops nothing: the template can be used as it is. */
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly line: number | null;
  readonly message: string;
}

/** What was measured of one text, for people who want to see it also where it is well. */
export interface TemplateMeasure {
  readonly path: string;
  readonly version: number;
  readonly words: number;
  readonly reading: ReadingEase | null;
  readonly reviewed: boolean | null;
}

/** Such a letter speaks to the student. */
const TO_STUDENT = '-to-student';

const KEPT: NoticeName = 'contract-kept';

/** How long a letter may be before its dates. */
const LONGEST = 150;

/** Of the notices, a correction takes something back, and what was kept needs nothing of it. */
type Checked = Exclude<TemplateKind, 'mail'> | 'kept';

/** A letter without one of these accuses without saying of what, or leaves the family alone with it. */
const NEEDED: Record<Checked, readonly (readonly string[])[]> = {
  letter: [
    ['student.name', 'student.givenName'],
    ['absence.count', 'absence.percent'],
  ],
  notice: [
    ['student.name', 'student.givenName'],
    ['corrected.date', 'corrected.reference'],
  ],
  kept: [['student.name', 'student.givenName'], ['contract.ends']],
  form: [['student.name', 'student.givenName'], ['contract.allowed'], ['contract.ends'], ['signatures']],
  invitation: [['student.name', 'student.givenName'], ['meeting.date']],
};
const WANTED: Record<Checked, readonly (readonly string[])[]> = {
  letter: [
    ['addressees'],
    ['absence.asOf', 'absence.window'],
    ['absence.dates'],
    ['contact.phone', 'school.phone'],
    ['signature.name'],
  ],
  notice: [['addressees'], ['absence.count'], ['contact.phone', 'school.phone'], ['signature.name']],
  kept: [['addressees'], ['contact.phone', 'school.phone'], ['signature.name']],
  form: [['contract.begins'], ['contract.reference'], ['contact.phone', 'school.phone']],
  invitation: [['addressees'], ['meeting.time'], ['contact.phone', 'school.phone'], ['signature.name']],
};

/** Looks at every letter, notice, form and invitation of the folder, and at what families read in `languages.yaml`. */
export async function checkTemplates(
  dir: string,
): Promise<{ readonly findings: TemplateFinding[]; readonly measures: TemplateMeasure[] }> {
  const { templates, problems } = await readTemplates(dir);
  const findings: TemplateFinding[] = problems.map(({ path, line, message }) => ({
    severity: 'error',
    path,
    line,
    message,
  }));
  const measures: TemplateMeasure[] = [];
  for (const kind of ['letter', 'notice', 'form', 'invitation'] as const) {
    for (const template of templates.all(kind)) {
      const words = wordsIn(paragraphsOf(template).join(' ')).length;
      const reading = readingEase(sentencesOf(template), template.language);
      const reviewed = template.language === 'en' ? null : template.reviewed !== null;
      measures.push({ path: template.path, version: template.version, words, reading, reviewed });
      findings.push(
        ...missing(template, template.name === KEPT ? 'kept' : kind),
        ...(kind === 'form' ? [] : tooLong(template, words)),
        ...tooHard(template, reading),
        ...(await translation(templates, kind, template)),
      );
    }
  }
  findings.push(...(await helpLines(templates)));
  return { findings, measures };
}

function missing(template: Template, kind: Checked): TemplateFinding[] {
  const said = placeholdersOf(template);
  const lacks = (groups: readonly (readonly string[])[]) =>
    groups.filter((group) => !group.some((name) => said.has(name)));
  const finding = (severity: TemplateFinding['severity']) => (group: readonly string[]) => ({
    severity,
    path: template.path,
    line: template.bodyLine,
    message: `says nowhere ${group.map((name) => `{{ ${name} }}`).join(' or ')}`,
  });
  const needed = template.name.endsWith(TO_STUDENT)
    ? NEEDED[kind].filter((group) => !group.includes('student.name'))
    : NEEDED[kind];
  return [...lacks(needed).map(finding('error')), ...lacks(WANTED[kind]).map(finding('warning'))];
}

function tooLong({ path, bodyLine }: Template, words: number): TemplateFinding[] {
  if (words <= LONGEST) return [];
  const message = `has ${words} words before the dates, expected at most ${LONGEST}`;
  return [{ severity: 'warning', path, line: bodyLine, message }];
}

function tooHard({ path, bodyLine }: Template, reading: ReadingEase | null): TemplateFinding[] {
  if (reading === null || reading.easy) return [];
  const message = `is hard to read: ${reading.found} by ${reading.measure}, expected ${reading.expected}`;
  return [{ severity: 'warning', path, line: bodyLine, message }];
}

async function translation(
  templates: Templates,
  kind: TemplateKind,
  template: Template,
): Promise<TemplateFinding[]> {
  const english = templates.all(kind).find((one) => one.name === template.name && one.language === 'en');
  if (template.language === 'en' || english === undefined) return [];
  const { path } = template;
  const warn = (line: number | null, message: string): TemplateFinding[] => [
    { severity: 'warning', path, line, message },
  ];
  const unsaid = [...placeholdersOf(english)].filter((name) => !placeholdersOf(template).has(name));
  return [
    ...(template.version < english.version
      ? warn(
          await lineOf(path, /^version:/),
          `is version ${template.version}, and the English letter is version ${english.version}: it is not sent until what has changed is translated and it is raised`,
        )
      : []),
    ...(template.reviewed === null
      ? warn(
          1,
          'nobody of the district has reviewed it (`reviewed`), so it is never sent: families get English and a help line',
        )
      : []),
    ...(unsaid.length > 0
      ? warn(
          template.bodyLine,
          `says nowhere ${unsaid.map((name) => `{{ ${name} }}`).join(', ')}, which the English letter says`,
        )
      : []),
    ...(template.requiredSentences.length < english.requiredSentences.length
      ? warn(
          1,
          `names ${template.requiredSentences.length} required sentences, and the English letter ${english.requiredSentences.length}`,
        )
      : []),
  ];
}

/** A help line is sent unreviewed too: it is better than silence, and somebody should read it all the same. */
async function helpLines(templates: Templates): Promise<TemplateFinding[]> {
  const path = join(templates.dir, 'languages.yaml');
  const findings: TemplateFinding[] = [];
  for (const language of templates.languages) {
    const words = templates.words(language);
    if (language === 'en' || words?.helpLine == null || words.reviewed !== null) continue;
    const message = `the help line in ${words.name} is not reviewed; it stands above English letters as it is`;
    const line = await lineOf(path, new RegExp(`^${language}:`));
    findings.push({ severity: 'warning', path, line, message });
  }
  return findings;
}

const PLACEHOLDER = /\{\{\s*([A-Za-z0-9.]+)\s*\}\}/g;

function placeholdersOf({ body, subject }: Template): Set<string> {
  return new Set([...`${subject}\n${body}`.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
}

/** What stands before the dates, a placeholder as one short word. */
function paragraphsOf({ body }: Template): string[] {
  const [text = ''] = body.split(/^(?:#+[^\n]*\n\s*)?\{\{\s*absence\.dates\s*\}\}/m);
  return text
    .replace(/\{\{[^}]*\}\}/g, 'x')
    .split(/\n{2,}|\n(?=[-*] |\d+\. )/)
    .map((paragraph) => paragraph.replace(/^[#>*\- ]+|[*_]/g, '').trim());
}

/** Only whole sentences: headings, greetings and signatures would make every letter look easy. */
function sentencesOf(template: Template): string[] {
  return paragraphsOf(template)
    .filter((paragraph) => /[.!?]$/.test(paragraph))
    .flatMap((paragraph) => paragraph.split(/(?<=[.!?])\s+/));
}

async function lineOf(path: string, pattern: RegExp): Promise<number | null> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const index = lines.findIndex((line) => pattern.test(line));
  return index < 0 ? null : index + 1;
}
