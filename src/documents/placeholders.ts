import { nearest } from './nearest.ts';

/** What a kind of template may name. Text stands anywhere in a sentence; a block stands alone on its line. */
export interface PlaceholderSet {
  readonly text: readonly string[];
  readonly blocks: readonly string[];
}

/** About whom it is, who writes it and when: the same in every letter and form. */
const WRITER = [
  'student.name',
  'student.givenName',
  'student.grade',
  'letter.date',
  'school.name',
  'school.phone',
  'school.year',
  'district.name',
  'district.phone',
  'contact.name',
  'contact.phone',
  'contact.email',
  'signature.name',
  'signature.title',
  'language.name',
] as const;

export const letterPlaceholders: PlaceholderSet = {
  text: [
    'addressees',
    ...WRITER,
    'absence.count',
    'absence.asOf',
    'absence.window',
    'absence.percent',
    'letter.reference',
  ],
  blocks: ['absence.dates'],
};

/** Of a letter that takes back another one. */
export const correctionPlaceholders: PlaceholderSet = {
  text: [...letterPlaceholders.text, 'corrected.reference', 'corrected.date', 'corrected.count'],
  blocks: letterPlaceholders.blocks,
};

/** Of a letter that tells a family that its contract was kept: it counts no absences. */
export const keptPlaceholders: PlaceholderSet = {
  text: ['addressees', ...WRITER, 'contract.reference', 'contract.begins', 'contract.ends'],
  blocks: [],
};

/** Of a form on which a family and the school agree. */
export const contractPlaceholders: PlaceholderSet = {
  text: [
    'guardians',
    'contract.reference',
    'contract.begins',
    'contract.ends',
    'contract.allowed',
    'contract.grace',
    ...WRITER,
  ],
  blocks: ['contract.exceptions', 'signatures'],
};

/** Of what asks a family to come to a meeting, or tells that it has changed. */
export const invitationPlaceholders: PlaceholderSet = {
  text: ['addressees', 'meeting.date', 'meeting.time', 'meeting.place', 'meeting.reference', ...WRITER],
  blocks: ['meeting.callIn'],
};

export const mailPlaceholders: PlaceholderSet = {
  text: [
    'date',
    'person.name',
    'tasks.count',
    'case',
    'officer.name',
    'school.name',
    'delivery',
    'legalBasis',
    'sha256',
    'contact.name',
    'contact.phone',
    'what',
    'detail',
    'advice',
    'answer.about',
    'answer.concerns',
    'answer.sender',
    'answer.rest',
  ],
  blocks: ['tasks', 'answer', 'figures'],
};

/** `{{ name }}`, with or without spaces. */
const PLACEHOLDER = /\{\{\s*([A-Za-z0-9.]+)\s*\}\}/g;

/** Puts values into one line of text, for example a subject. @throws Error when a value is missing */
export function fillText(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for the placeholder ${name}`);
    return value;
  });
}

/** What is wrong with the placeholders in a line of text, with the one that was probably meant. */
export function unknownPlaceholders(text: string, known: PlaceholderSet): string[] {
  return findProblems(text, known).map(({ message }) => message);
}

/** @returns each problem with its place in the text, counted in characters from 0 */
export function findProblems(text: string, known: PlaceholderSet): { index: number; message: string }[] {
  const problems: { index: number; message: string }[] = [];
  for (const { 1: name = '', index } of text.matchAll(PLACEHOLDER)) {
    if (known.text.includes(name)) continue;
    problems.push({ index, message: problemOf(name, known) });
  }
  // As long as what it stands for, so that places stay what they are.
  const rest = text.replace(PLACEHOLDER, (found) => ' '.repeat(found.length));
  const brace = rest.search(/\{\{|\}\}|\{%/);
  if (brace >= 0)
    problems.push({ index: brace, message: 'found braces that make no placeholder, expected {{ name }}' });
  return problems.sort((a, b) => a.index - b.index);
}

function problemOf(name: string, known: PlaceholderSet): string {
  if (known.blocks.includes(name)) {
    return `{{ ${name} }} stands in a sentence, expected it alone on its line`;
  }
  const all = [...known.text, ...known.blocks];
  const meant = nearest(name, all);
  const hint = meant === null ? '.' : `; did you mean {{ ${meant} }}?`;
  return `{{ ${name} }} is no placeholder${hint} Known are ${all.join(', ')}`;
}
