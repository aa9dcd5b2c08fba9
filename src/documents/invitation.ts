import type { MeetingPlan } from '../domain/meeting.ts';
import type { PostalAddress } from '../domain/sis-records.ts';
import { type Block, plainSpan, textsOf } from './content.ts';
import { longDate, plainSpaces } from './dates.ts';
import { missingGlyphs } from './fonts.ts';
import { fullName, inOneLine, lettersHead, type WriterFacts, writerValues } from './letter.ts';
import { chooseParts, type Part, printableHelp } from './letter-parts.ts';
import { letterPdf } from './letter-pdf.ts';
import { fillTree } from './markdown.ts';
import { fillText } from './placeholders.ts';
import type { RenderedMail } from './staff-mail.ts';
import type { Templates } from './template.ts';
import type { Template } from './template-files.ts';
import { toHtml } from './to-html.ts';
import { toText } from './to-text.ts';

/** What an invitation is about: a new meeting, one at another time or place, or one that does not take place. */
export const invitationNames = ['meeting-invitation', 'meeting-changed', 'meeting-cancelled'] as const;
export type InvitationName = (typeof invitationNames)[number];

export interface InvitationFacts extends WriterFacts {
  readonly template: InvitationName;
  readonly addressees: readonly { readonly givenName: string; readonly familyName: string }[];
  readonly postalAddress: PostalAddress | null;
  readonly meeting: Pick<MeetingPlan, 'on' | 'at' | 'minutes' | 'place' | 'callIn'>;
}

export type RenderedInvitation =
  | {
      readonly kind: 'rendered';
      readonly mail: RenderedMail;
      /** Of the subject, BCP 47. */
      readonly language: string;
      /** What the calendar of the family shows beside the subject. */
      readonly description: string;
    }
  /** The templates are a copy that was made before there was such an invitation. */
  | { readonly kind: 'no-template' };

/** An invitation as mail: in the family's language where a translation is reviewed, and in English. */
export function renderInvitation(templates: Templates, facts: InvitationFacts): RenderedInvitation {
  const parts = partsOf(templates, facts);
  const [first] = parts;
  if (first === undefined) return { kind: 'no-template' };
  const subject = subjectOf(templates, facts, first.template);
  const letterhead = lettersHead(facts);
  const html = toHtml({
    title: subject,
    letterhead,
    parts: parts.map(({ template, help, blocks }) => ({ language: template.language, help, blocks })),
    footer: `${facts.reference} · ${facts.district.name}`,
  });
  const bodies = parts.map(
    ({ help, blocks }) => `${help === null ? '' : `${help.text}\n\n`}${toText(blocks)}`,
  );
  const text = `${letterhead.join('\n')}\n\n${bodies.join(`\n${'-'.repeat(74)}\n\n`)}\n${facts.reference}\n`;
  const { callIn } = facts.meeting;
  const description = [
    `${facts.school.name}, ${facts.contact.phone}`,
    ...(callIn === null ? [] : [callIn]),
    facts.reference,
  ].join('\n');
  return {
    kind: 'rendered',
    mail: { subject, html, text },
    language: first.template.language,
    description,
  };
}

export type InvitationSheet =
  | { readonly kind: 'rendered'; readonly pdf: Buffer; readonly pages: number }
  | { readonly kind: 'no-template' | 'missing-glyph' };

/** The same on paper, for the office to hand over or to post in a window envelope. */
export async function invitationSheet(
  templates: Templates,
  facts: InvitationFacts,
): Promise<InvitationSheet> {
  const parts = partsOf(templates, facts);
  const [first] = parts;
  if (first === undefined) return { kind: 'no-template' };
  const letterhead = lettersHead(facts);
  const { postalAddress, addressees } = facts;
  const names = addressees.map(fullName);
  const address = postalAddress === null ? [] : [...postalAddress.lines, postalAddress.city];
  const printed = [
    ...letterhead,
    ...names,
    ...address,
    ...parts.flatMap(({ blocks }) => blocks.flatMap(textsOf)),
  ];
  if (missingGlyphs(printed).length > 0) return { kind: 'missing-glyph' };
  const values = invitationValues(templates, facts, 'en');
  const { bytes, pages } = await letterPdf({
    title: subjectOf(templates, facts, first.template),
    author: facts.district.name,
    reference: facts.reference,
    schoolYear: facts.schoolYear,
    date: facts.date,
    letterhead,
    logo: facts.pictures?.logo ?? null,
    signature: facts.pictures?.signature ?? null,
    addressee: { names, postalAddress },
    parts: parts.map(({ template, help, blocks }) => ({
      language: template.language,
      help: printableHelp(templates, help, values),
      blocks,
    })),
  });
  return { kind: 'rendered', pdf: bytes, pages };
}

function partsOf(templates: Templates, facts: InvitationFacts): Part[] {
  return chooseParts(templates, {
    language: facts.language,
    find: (language) => templates.invitation(facts.template, language),
    fill: ({ tree, language }) => {
      const { callIn } = facts.meeting;
      const block: Block[] =
        callIn === null ? [] : [{ kind: 'paragraph', spans: [{ ...plainSpan(callIn), bold: true }] }];
      return fillTree(tree, invitationValues(templates, facts, language), { 'meeting.callIn': block });
    },
    help: invitationValues(templates, facts, 'en'),
  });
}

function subjectOf(templates: Templates, facts: InvitationFacts, { subject, language }: Template): string {
  return fillText(subject, invitationValues(templates, facts, language));
}

function invitationValues(
  templates: Templates,
  facts: InvitationFacts,
  language: string,
): Record<string, string> {
  const { on, at, minutes, place } = facts.meeting;
  return {
    addressees: inOneLine(facts.addressees.map(fullName), language),
    'meeting.date': weekdayDate(on, language),
    'meeting.time': timeRange(on, at, minutes, language),
    'meeting.place': place,
    'meeting.reference': facts.reference,
    ...writerValues(templates, facts, language),
  };
}

/** `Tuesday, October 6, 2026`, in the language. */
function weekdayDate(on: MeetingPlan['on'], language: string): string {
  const weekday = new Intl.DateTimeFormat(localeOf(language), { weekday: 'long', timeZone: 'UTC' });
  return `${plainSpaces(weekday.format(new Date(`${on}T12:00:00Z`)))}, ${longDate(on, language)}`;
}

/** `3:30 PM – 4:15 PM`, in the language: the clock on the wall, whatever the zone. */
function timeRange(on: MeetingPlan['on'], at: string, minutes: number, language: string): string {
  const clock = new Intl.DateTimeFormat(localeOf(language), {
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
  });
  const begins = Date.parse(`${on}T${at}:00Z`);
  const [from, to] = [begins, begins + minutes * 60_000].map((instant) => plainSpaces(clock.format(instant)));
  return `${from} – ${to}`;
}

function localeOf(language: string): string {
  return Intl.DateTimeFormat.supportedLocalesOf([`${language}-US`, language])[0] ?? 'en-US';
}
