import { createHash } from 'node:crypto';
import type { Picture, Pictures } from '../domain/picture.ts';
import type { Part } from './letter-parts.ts';
import type { Templates } from './template.ts';

/** What stands on a letter beside the words of its template, and is the same for every family of a school. */
export interface LetterFrame {
  readonly letterhead: readonly string[];
  readonly signature: { readonly name: string; readonly title: string };
  readonly pictures: Pictures | undefined;
}

/**
 * What a letter was made of, by name and hash: two letters of one version differ only in what they say of a student.
 * Whoever has seen one has seen the words of the language, the help line, the letterhead and the signature, too.
 */
export function letterVersion(templates: Templates, parts: readonly Part[], frame: LetterFrame): string {
  const around = [frame.letterhead, frame.signature, ...picturesOf(frame.pictures)];
  return parts.map((part) => partVersion(templates, part, around)).join(' + ');
}

function partVersion(templates: Templates, { template, help }: Part, around: readonly unknown[]): string {
  const { name, language, version } = template;
  const words = templates.words(language);
  const own = [words?.day, words?.days, words?.part, words?.copy];
  // As it is written: filled in, it names the student.
  const helpLine = help === null ? null : templates.words(help.language)?.helpLine;
  return `${name}.${language} v${version} (${hashOf(JSON.stringify([template.hash, own, helpLine, around]))})`;
}

function picturesOf(pictures: Pictures | undefined): (string | null)[] {
  return [pictures?.logo, pictures?.signature].map((picture) =>
    picture == null ? null : `${hashOf(picture.bytes)} ${picture.alt}`,
  );
}

function hashOf(content: string | Picture['bytes']): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}
