import { contactWords } from '../domain/contact-words.ts';
import { type Block, bullets, heading, paragraph, textsOf } from './content.ts';
import { longDate } from './dates.ts';
import { missingGlyphs, spellOutMissing } from './fonts.ts';
import { languageInEnglish } from './language-tags.ts';
import type { PacketFacts } from './packet-facts.ts';
import { unboundInWords } from './unbound-words.ts';

/** A chapter of the packet's own pages. */
export interface PacketSection {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** What the officer has to know before reading on. */
export function coverBlocks(facts: PacketFacts): Block[] {
  const { student, school, district, officer } = facts;
  return [
    heading(1, 'Attendance file for the truancy officer'),
    named([
      ['Case', facts.caseNumber ?? 'none: the student has not been referred'],
      facts.caseNumber === null ? ['For', 'the school only'] : ['For', `${officer.name}, ${officer.agency}`],
      ['Student', student.name],
      ['Date of birth', student.birthDate === null ? NOT_RECORDED : longDate(student.birthDate, 'en')],
      ['Student number', known(student.number)],
      ['School', `${school.name}, grade ${known(student.grade)}, school year ${facts.schoolYear}`],
      ['Legal basis', facts.legalBasis],
    ]),
    ...(facts.caseNumber === null
      ? []
      : [
          heading(2, 'What is asked'),
          paragraph(
            `Please review this file and decide how to proceed. For questions call the school, ${school.phone}, or the district, ${district.phone}, and name the case number. This file is confidential: please do not pass it on.`,
          ),
        ]),
    heading(2, 'What this rests on'),
    paragraph(spellOutMissing(facts.summary)),
    heading(2, 'Guardians'),
    facts.guardians.length === 0
      ? paragraph('No guardian is on record.')
      : table(
          ['Name', 'Relationship', 'Phone', 'Language'],
          facts.guardians.map((guardian) => [
            guardian.name,
            known(guardian.relationship),
            known(guardian.phone),
            guardian.language === null ? NOT_RECORDED : languageInEnglish(guardian.language),
          ]),
        ),
    ...unconfirmedBlocks(facts),
  ];
}

/** @param parts each with the page on which it begins */
export function contentsBlocks(parts: readonly (readonly [string, string])[]): Block[] {
  return [heading(1, 'Contents'), table(['Part', 'Page'], parts)];
}

/** The chapters in the order in which they are bound. */
export function packetSections(facts: PacketFacts): PacketSection[] {
  const sections = [
    ...(facts.differences === null
      ? []
      : [{ title: 'What has changed', blocks: differenceBlocks(facts.differences) }]),
    { title: 'Attendance', blocks: attendanceBlocks(facts) },
    { title: 'Contact log', blocks: contactBlocks(facts) },
    { title: 'Letters', blocks: letterBlocks(facts) },
    { title: 'Meetings', blocks: meetingBlocks(facts) },
    ...(facts.contracts.length === 0
      ? []
      : [{ title: 'Attendance contract', blocks: contractBlocks(facts) }]),
    { title: 'Documents', blocks: documentBlocks(facts) },
    { title: 'Timeline', blocks: timelineBlocks(facts) },
    ...(facts.tasks === undefined ? [] : [{ title: 'Tasks', blocks: taskBlocks(facts.tasks) }]),
  ];
  return sections.map(({ title, blocks }) => ({ title, blocks: blocks.map(spelledOut) }));
}

function unconfirmedBlocks(facts: PacketFacts): Block[] {
  const unprintable = packetSections(facts).some(({ blocks }) => blocks.flatMap(textsOf).some(isSpelledOut));
  const lines = [
    ...facts.unconfirmed.map(spellOutMissing),
    ...(unprintable
      ? ['Characters that cannot be printed here stand as their number, such as [U+1F44D].']
      : []),
  ];
  if (lines.length === 0) return [];
  return [heading(2, 'What could not be confirmed'), bullets(lines)];
}

function differenceBlocks(differences: readonly string[]): Block[] {
  return [
    paragraph(
      'This packet takes the place of the one that was sent before under the same case number. It differs from it in this:',
    ),
    differences.length === 0
      ? paragraph('Nothing that the two packets list. The file was built afresh.')
      : bullets(differences),
  ];
}

function meetingBlocks({ meetings }: PacketFacts): Block[] {
  if (meetings.length === 0) return [paragraph('No meeting is on record.')];
  return [
    table(
      ['Date', 'Meeting', 'Outcome', 'Notes'],
      meetings.map((meeting) => [
        meeting.date === null ? '' : longDate(meeting.date, 'en'),
        `${meeting.what}\n${meeting.reference}`,
        meeting.outcome,
        meeting.note ?? '',
      ]),
    ),
  ];
}

function documentBlocks({ documents }: PacketFacts): Block[] {
  if (documents.length === 0) return [paragraph('No document was handed in.')];
  return [
    paragraph(
      'Each document is bound behind the letters, its pages made to fit. The manifest beside this file names the SHA-256 of each one as the school keeps it.',
    ),
    table(
      ['Document', 'About', 'In the file since', 'Put in by', 'Bound'],
      documents.map((document) => [
        `${document.title}\n${document.reference}`,
        document.date === null ? '' : longDate(document.date, 'en'),
        document.receivedOn === null ? '' : longDate(document.receivedOn, 'en'),
        document.receivedBy,
        document.unbound === null ? 'yes' : `no, because ${unboundInWords(document.unbound)}`,
      ]),
    ),
  ];
}

function attendanceBlocks(facts: PacketFacts): Block[] {
  return [
    paragraph(
      'Days that count, with the code and excuse of the SIS. Each date counts once; excused and unexcused absences are counted together.',
    ),
    table(
      ['Date', 'Days', 'Sum', 'Excuse', 'Code'],
      facts.absences.map((day) => [longDate(day.date, 'en'), day.days, day.running, day.excuse, day.code]),
    ),
  ];
}

function contactBlocks(facts: PacketFacts): Block[] {
  if (facts.contacts.length === 0) return [paragraph('No contact is on record.')];
  return [
    table(
      ['Date', 'By', 'Outcome', 'Note'],
      facts.contacts.map((contact) => [
        longDate(contact.date, 'en'),
        contact.by,
        contactWords[contact.outcome] ?? contact.outcome,
        contact.note ?? '',
      ]),
    ),
  ];
}

function letterBlocks(facts: PacketFacts): Block[] {
  if (facts.letters.length === 0) return [paragraph('No letter has been sent.')];
  return [
    paragraph(
      'Each letter is bound behind these pages exactly as it was sent. Sent means that the mail server accepted it, not that anybody read it.',
    ),
    table(
      ['Letter', 'To', 'How', 'Date', 'Proof'],
      facts.letters.map((letter) => [
        `${letter.title}\n${letter.reference}`,
        letter.to,
        letter.how,
        letter.date === null ? '' : longDate(letter.date, 'en'),
        letter.proof,
      ]),
    ),
  ];
}

function contractBlocks({ contracts }: PacketFacts): Block[] {
  return contracts.flatMap(({ reference, terms, agreed, agreedBy, note, standing, days }) => [
    heading(2, `Contract ${reference}`),
    named([
      ['Terms', terms],
      ['Agreed', agreed],
      ['Recorded by', agreedBy],
      ...(note === null ? [] : [['Note', note] as const]),
      ['How it stands', standing],
    ]),
    ...(days.length === 0
      ? []
      : [
          table(
            ['Missed while it ran', 'Days', 'Counts against it from'],
            days.map(({ date, days: amount, countsOn }) => [
              longDate(date, 'en'),
              amount,
              countsOn === null ? 'not before the school year ends' : longDate(countsOn, 'en'),
            ]),
          ),
        ]),
  ]);
}

function timelineBlocks(facts: PacketFacts): Block[] {
  return [
    table(
      ['Date', 'What happened'],
      facts.timeline.map((entry) => [longDate(entry.date, 'en'), entry.what]),
    ),
  ];
}

function taskBlocks(tasks: NonNullable<PacketFacts['tasks']>): Block[] {
  if (tasks.length === 0) return [paragraph('No task is on record.')];
  return [
    table(
      ['Opened', 'Task', 'Role', 'Closed', 'Outcome'],
      tasks.map((task) => [
        longDate(task.openedOn, 'en'),
        task.what,
        task.role,
        task.closedOn === null ? 'open' : longDate(task.closedOn, 'en'),
        task.outcome?.replaceAll('-', ' ') ?? '',
      ]),
    ),
  ];
}

/** Notes are printed whatever they hold: a referral does not fail for an emoji. */
function spelledOut(block: Block): Block {
  if (missingGlyphs(textsOf(block)).length === 0) return block;
  switch (block.kind) {
    case 'table':
      return { ...block, rows: block.rows.map((row) => row.map(spellOutMissing)) };
    case 'paragraph':
      return { ...block, spans: block.spans.map((span) => ({ ...span, text: spellOutMissing(span.text) })) };
    default:
      return block;
  }
}

function isSpelledOut(text: string): boolean {
  return /\[U\+[0-9A-F]{4,6}\]/.test(text);
}

const NOT_RECORDED = 'not recorded';

function known(value: string | null): string {
  return value === null || value === '' ? NOT_RECORDED : value;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', head, rows };
}

/** Rows whose first cell names what the second says. */
function named(rows: readonly (readonly [string, string])[]): Block {
  return { kind: 'table', head: [], rows };
}
