import { contactWords } from '../../domain/contact-words.ts';
import { spelled } from '../../domain/words.ts';
import { entryInWords } from '../../procedure/entry-words.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import type { FileView, ViewedContact, ViewedEntry, ViewedLetter } from '../../store/file-view.ts';
import { type Html, html, nothing } from '../html.ts';
import { proofOf } from './letter-words.ts';

/** Everything that was filed, the latest first. */
export function timelineOf(file: FileView, { policy, timeZone }: Procedure): Html {
  if (file.entries.length === 0)
    return html`<p>Nothing is filed yet: no attendance file is open for this student in this school year.</p>`;
  const contacts = new Map(file.contacts.map((contact) => [contact.id, contact]));
  const letters = new Map(file.letters.map((letter) => [letter.id, letter]));
  const steps = new Map(policy.steps.map(({ id, title }) => [id, title]));
  const known = { contacts, letters, steps, timeZone };
  const items: Html[] = [];
  for (let index = file.entries.length - 1; index >= 0; index -= 1) {
    const entry = file.entries[index] as ViewedEntry;
    items.push(itemOf(entry, file, known));
  }
  return html`<ol class="timeline">${items}</ol>`;
}

interface Known {
  readonly contacts: ReadonlyMap<string, ViewedContact>;
  readonly letters: ReadonlyMap<string, ViewedLetter>;
  /** Titles by id. */
  readonly steps: ReadonlyMap<string, string>;
  readonly timeZone: string;
}

function itemOf(entry: ViewedEntry, file: FileView, known: Known): Html {
  const contact = entry.contactId === null ? undefined : known.contacts.get(entry.contactId);
  if (contact !== undefined)
    return html`<li class="contact"><time datetime="${entry.onDate}">${spelled(entry.onDate)}</time> ${contactIn(contact, file)}</li>`;
  const letter = entry.letterId === null ? undefined : known.letters.get(entry.letterId);
  const line = html`<strong>${entryInWords(entry.title, known.steps)}</strong>${
    entry.detail === null ? nothing : html` ${entry.detail}`
  }`;
  const shown =
    entry.takenBackBy === null ? line : html`<del>${line}</del> Taken back by ${entry.takenBackBy}`;
  return html`<li class="${entry.kind}"><time datetime="${entry.onDate}">${spelled(entry.onDate)}</time> <p>${shown}</p>${letter === undefined ? nothing : letterIn(letter, file, known.timeZone)}</li>`;
}

function contactIn(contact: ViewedContact, file: FileView): Html {
  const whom = file.guardians.find(({ id }) => id === contact.guardianId)?.name;
  const line = html`<strong>Contact: ${contactWords[contact.outcome] ?? contact.outcome}</strong>${whom === undefined ? nothing : html`, with ${whom}`}, by ${contact.by}${
    contact.note === null ? nothing : html`. ${contact.note}`
  }`;
  if (contact.undoneBy === null)
    return html`<p>${line} <a href="/contacts/${contact.ref}">${contact.ref}</a></p>`;
  const because = contact.undoneBecause === null ? '' : `: ${contact.undoneBecause}`;
  return html`<p><del>${line}</del> Taken back by ${contact.undoneBy}${because}</p>`;
}

function letterIn(letter: ViewedLetter, file: FileView, timeZone: string): Html {
  // The list of letters has what the mail server said, word for word.
  const told = proofOf({ ...letter, reply: null }, timeZone);
  return html`<p class="quiet-text">${told} <a href="/files/${file.ref}/letters/${letter.ref}">Letter ${letter.ref}</a></p>`;
}
