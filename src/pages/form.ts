import { randomUUID } from 'node:crypto';
import { type Html, html, nothing } from './html.ts';
import type { FormProblem, PageRequest } from './site.ts';

/** Names that belong to the site and to no form. */
export const CSRF_FIELD = '_csrf';
export const ONCE_FIELD = '_once';

export interface FormParts {
  readonly action: string;
  readonly fields?: Html;
  /** What the button says. */
  readonly submit: string;
  /** `quiet`: one of several, or of little weight; `danger`: what cannot be taken back. */
  readonly look?: 'main' | 'quiet' | 'danger';
  /** For uploads. */
  readonly multipart?: boolean;
  /** A word for what this form is about, where several buttons of a page say the same. */
  readonly about?: string;
}

/** A form that the site accepts: with the CSRF token and a key under which it is done once. */
export function form(
  { csrf }: Pick<PageRequest, 'csrf'>,
  { action, fields = nothing, submit, look = 'main', multipart = false, about }: FormParts,
): Html {
  const hiddenAbout = about === undefined ? nothing : html`<span class="unseen">: ${about}</span>`;
  return html`<form method="post" action="${action}"${multipart ? html` enctype="multipart/form-data"` : nothing}>
<input type="hidden" name="${CSRF_FIELD}" value="${csrf}"><input type="hidden" name="${ONCE_FIELD}" value="${randomUUID()}">
${fields}
<p class="actions"><button type="submit" class="${look}">${submit}${hiddenAbout}</button></p>
</form>`;
}

export interface FieldParts {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string | undefined;
  readonly required?: boolean;
  readonly problems?: readonly FormProblem[];
}

export interface TextFieldParts extends FieldParts {
  readonly type?: 'text' | 'email' | 'date' | 'time' | 'number' | 'tel' | 'search';
  readonly maxLength?: number;
  readonly autocomplete?: string;
  readonly inputMode?: 'numeric' | 'decimal' | 'text';
  readonly min?: string;
  readonly max?: string;
}

export function textField(parts: TextFieldParts): Html {
  const { name, type = 'text', value = '', maxLength, autocomplete = 'off', inputMode, min, max } = parts;
  return labelled(
    parts,
    html`<input type="${type}" name="${name}" id="${idOf(name)}" value="${value}" autocomplete="${autocomplete}"${attribute('maxlength', maxLength)}${attribute('inputmode', inputMode)}${attribute('min', min)}${attribute('max', max)}${described(parts)}>`,
  );
}

export function textArea(parts: FieldParts & { readonly maxLength: number; readonly rows?: number }): Html {
  const { name, value = '', maxLength, rows = 4 } = parts;
  return labelled(
    parts,
    html`<textarea name="${name}" id="${idOf(name)}" rows="${rows}" maxlength="${maxLength}"${described(parts)}>
${value}</textarea>`,
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

export function selectField(parts: FieldParts & { readonly choices: readonly Choice[] }): Html {
  const { name, value, choices } = parts;
  const options = choices.map(
    (choice) =>
      html`<option value="${choice.value}"${choice.value === value ? html` selected` : nothing}>${choice.label}</option>`,
  );
  return labelled(
    parts,
    html`<select name="${name}" id="${idOf(name)}"${described(parts)}>${options}</select>`,
  );
}

/** One of a few: each choice is seen at once. */
export function radioField(parts: FieldParts & { readonly choices: readonly Choice[] }): Html {
  const { name, label, hint, value, choices, required = true } = parts;
  const problem = problemOf(parts);
  const items = choices.map(
    (choice, index) =>
      html`<label class="choice"><input type="radio" name="${name}" value="${choice.value}"${
        index === 0 ? html` id="${idOf(name)}"` : nothing
      }${choice.value === value ? html` checked` : nothing}${required ? html` required` : nothing}> <span>${choice.label}${
        choice.hint === undefined ? nothing : html`<span class="hint">${choice.hint}</span>`
      }</span></label>`,
  );
  return html`<fieldset${problem === null ? nothing : html` class="wrong"`}${describedBy(parts)}><legend>${label}</legend>
${hint === undefined ? nothing : html`<p class="hint" id="${idOf(name)}-hint">${hint}</p>`}${problemLine(parts)}
${items}</fieldset>`;
}

export function checkBox(parts: FieldParts & { readonly checked?: boolean }): Html {
  const { name, label, hint, value = 'yes', checked = false } = parts;
  return html`<div class="field${problemOf(parts) === null ? '' : ' wrong'}">${problemLine(parts)}<label class="choice"><input type="checkbox" name="${name}" id="${idOf(name)}" value="${value}"${
    checked ? html` checked` : nothing
  }${describedBy(parts)}> <span>${label}${hint === undefined ? nothing : html`<span class="hint" id="${idOf(name)}-hint">${hint}</span>`}</span></label></div>`;
}

/** What is wrong, on top of the page and with a link to each field. Nothing where nothing is. */
export function problemSummary(problems: readonly FormProblem[]): Html {
  if (problems.length === 0) return nothing;
  const items = problems.map(
    ({ field, text }) => html`<li>${field === '' ? text : html`<a href="#${idOf(field)}">${text}</a>`}</li>`,
  );
  return html`<div class="problems" role="alert" aria-labelledby="problems-title"><h2 id="problems-title">Please look at this once more</h2><ul>${items}</ul></div>`;
}

function labelled(parts: FieldParts, input: Html): Html {
  const { name, label, hint } = parts;
  return html`<div class="field${problemOf(parts) === null ? '' : ' wrong'}"><label for="${idOf(name)}">${label}</label>
${hint === undefined ? nothing : html`<p class="hint" id="${idOf(name)}-hint">${hint}</p>`}${problemLine(parts)}${input}</div>`;
}

function described(parts: FieldParts): Html {
  return html`${describedBy(parts)}${parts.required === true ? html` required` : nothing}`;
}

function describedBy(parts: FieldParts): Html {
  const ids = [
    ...(parts.hint === undefined ? [] : [`${idOf(parts.name)}-hint`]),
    ...(problemOf(parts) === null ? [] : [`${idOf(parts.name)}-problem`]),
  ];
  const invalid = problemOf(parts) === null ? nothing : html` aria-invalid="true"`;
  return ids.length === 0 ? nothing : html` aria-describedby="${ids.join(' ')}"${invalid}`;
}

function problemLine(parts: FieldParts): Html {
  const problem = problemOf(parts);
  return problem === null
    ? nothing
    : html`<p class="problem" id="${idOf(parts.name)}-problem">${problem}</p>`;
}

function problemOf({ name, problems = [] }: FieldParts): string | null {
  return problems.find(({ field }) => field === name)?.text ?? null;
}

function attribute(name: string, value: string | number | undefined): Html {
  return value === undefined ? nothing : html` ${name}="${value}"`;
}

function idOf(name: string): string {
  return `field-${name}`;
}
