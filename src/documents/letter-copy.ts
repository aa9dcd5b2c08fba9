import { type Block, heading, paragraph } from './content.ts';
import { mailOf, type RenderedMail } from './staff-mail.ts';

/** Whom a copy is for: the office, before anything leaves, or the district, once the letter has left. */
export type CopyAs = 'canary' | 'sample';

const STAMPS: Readonly<Record<CopyAs, string>> = {
  canary: 'COPY for the office: NOT SENT. Do not post or pass on.',
  sample: 'COPY of a letter that has left. Do not post or pass on.',
};

/** The pages of a letter as they are, with a bar above each that nobody can take for the letter's own. */
export async function stampCopy(
  as: CopyAs,
  letter: {
    readonly pdf: Buffer;
    readonly ref: string;
    readonly district: string;
    readonly language: string;
  },
  created: Date,
): Promise<Buffer> {
  const { pdf, ref, district, language } = letter;
  // Loaded when it is needed: a service is ready sooner without it.
  const { mergePdfs } = await import('./merge.ts');
  const { bytes } = await mergePdfs([{ pdf, title: `Copy of ${ref}`, stamp: () => STAMPS[as], loud: true }], {
    title: `Copy of letter ${ref}`,
    author: district,
    language,
    created,
    wholeSheets: false,
  });
  return bytes;
}

/**
 * The mail that brings a copy. It is written here and in no template: whatever a district words its own way, this must
 * say that nothing was sent, or that this is not the sending.
 */
export function copyMail(
  as: CopyAs,
  letter: {
    readonly ref: string;
    readonly step: string;
    readonly template: string;
    /** Of the batch that waits for a yes; null: it waits for none. */
    readonly batch: string | null;
  },
  frame: { readonly district: string; readonly reference: string },
): RenderedMail {
  const subject =
    as === 'canary'
      ? `COPY, not sent: letter ${letter.ref} for you to look at`
      : `COPY: letter ${letter.ref} has left`;
  const blocks = (as === 'canary' ? canaryLines(letter) : sampleLines(letter)).map((line) => paragraph(line));
  const content: Block[] = [heading(1, subject), ...blocks];
  return mailOf(subject, content, frame);
}

function canaryLines({ step, template, batch }: Parameters<typeof copyMail>[1]): string[] {
  return [
    `This is a copy for the school’s office of one of the first letters of the step ${step} in this wording (${template}). Neither it nor any other letter in this wording has been sent.`,
    'Please read it as a family would: the letterhead, the name, the number of days and the dates, the way to correct a mistake, the phone number.',
    ...(batch === null
      ? []
      : [
          `The letters leave once ${batch} is approved: \`rollcall batches approve ${batch} --by … --why …\`. If something is wrong, \`rollcall batches refuse\` stops all of them.`,
        ]),
  ];
}

function sampleLines({ step, template }: Parameters<typeof copyMail>[1]): string[] {
  return [
    `This is a copy, taken as a sample, of a letter of the step ${step} (${template}) that has left to the family. It is not the sending itself, and nothing has to be done with it.`,
    'It holds personal data of a student: delete it when you have looked at it.',
  ];
}
