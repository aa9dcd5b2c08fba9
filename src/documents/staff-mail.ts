import type { Block } from './content.ts';
import { fillTree } from './markdown.ts';
import { fillText } from './placeholders.ts';
import type { Templates } from './template.ts';
import { toHtml } from './to-html.ts';
import { toText } from './to-text.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** A mail to staff or the officer from its template. @param values without names in those that the subject uses */
export function renderStaffMail(
  templates: Templates,
  name:
    | 'digest'
    | 'packet'
    | 'correction'
    | 'student-left'
    | 'alert'
    | 'trouble'
    | 'reply'
    | 'task'
    | 'weekly-summary',
  values: Readonly<Record<string, string>>,
  blocks: Readonly<Record<string, readonly Block[]>>,
  frame: { readonly district: string; readonly reference: string },
  /** Stands below what the template says. */
  below: readonly Block[] = [],
): RenderedMail {
  const template = templates.mail(name);
  const subject = fillText(template.subject, values);
  const content = [...fillTree(template.tree, values, blocks), ...below];
  return mailOf(subject, content, frame);
}

/** The same words as HTML and as text, under the district's name. */
export function mailOf(
  subject: string,
  content: readonly Block[],
  frame: { readonly district: string; readonly reference: string },
): RenderedMail {
  return {
    subject,
    html: toHtml({
      title: subject,
      letterhead: [frame.district, 'Attendance'],
      parts: [{ language: 'en', help: null, blocks: content }],
      footer: frame.reference,
    }),
    text: `${toText(content)}\n${frame.reference}\n`,
  };
}
