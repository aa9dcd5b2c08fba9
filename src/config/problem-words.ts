import type { z } from 'zod';
import type { ConfigProblem, Place } from './config-error.ts';
import { knownKeys } from './known-keys.ts';
import { hintFor, suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;
type Key = readonly PropertyKey[];

/**
 * What is wrong, in words: what was found, what is expected, and what may have been meant.
 * @param secrets keys that are refused already, and about which nothing more is said
 */
export function problemsOf(
  issues: readonly Issue[],
  schema: z.ZodType,
  secrets: readonly Key[],
  at: Place,
): ConfigProblem[] {
  const flat = issues.flatMap((issue) => meant(issue, []));
  const unknown = flat.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(schema, issue.path, key)) : [],
  );
  const explained = [...secrets, ...unknown.flatMap(({ guess }) => (guess === null ? [] : [guess]))];
  const others = flat.filter((issue) => issue.code !== 'unrecognized_keys');
  return [
    ...unknown.filter(({ key }) => !isAmong(key, secrets)).map(({ key, message }) => at(key, message)),
    ...others
      .filter((issue) => !isAmong(issue.path, explained))
      .map((issue) => at(issue.path, wordsOf(issue))),
  ];
}

function isAmong(key: Key, others: readonly Key[]): boolean {
  return others.some(
    (other) => other.length === key.length && other.every((part, index) => part === key[index]),
  );
}

/** Of the forms that a value may have, the one that it was meant to have: the one whose outermost type fits. */
function meant(issue: Issue, above: Key): Issue[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.find((errors) =>
      errors.every((error) => error.path.length > 0 || !isWrongType(error)),
    );
    if (fitting !== undefined) return fitting.flatMap((error) => meant(error, path));
  }
  return [{ ...issue, path }];
}

function isWrongType(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

/** An unknown key explains the absence of the one that was meant: `guess` is that key. */
function unknownKey(
  schema: z.ZodType,
  path: Key,
  name: string,
): { key: Key; guess: Key | null; message: string } {
  const known = knownKeys(schema, path);
  const guess = suggest(name, known);
  const expected = known.length === 0 ? '' : ` Expected one of: ${known.join(', ')}.`;
  return {
    key: [...path, name],
    guess: guess === null ? null : [...path, guess],
    message: `unknown key "${short(name)}"${guess === null ? '.' : hintFor(guess)}${expected}`,
  };
}

function wordsOf(issue: Issue): string {
  const found = `found ${shown(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `${found}, expected ${typeWords(issue.expected, issue.input)}`;
    case 'invalid_value':
      return `${found}, expected ${choiceWords(issue.values.map(String), issue.input)}`;
    case 'too_small':
      return `${found}, expected ${sizeWords(issue.origin, issue.minimum, 'at least')}`;
    case 'too_big':
      return `${found}, expected ${sizeWords(issue.origin, issue.maximum, 'at most')}`;
    case 'invalid_union':
      if (issue.discriminator !== undefined) return kindWords(issue, issue.discriminator);
      return `${found}, expected ${formWords(issue)}`;
    default:
      return `${found}, expected ${issue.message}`;
  }
}

/** One word says which of several groups of keys is meant. */
function kindWords(issue: z.core.$ZodIssueInvalidUnion, discriminator: string): string {
  const told = (issue.input as Record<string, unknown> | null)?.[discriminator];
  const guess = typeof told === 'string' ? suggest(told, issue.message.split(/[^a-z-]+/)) : null;
  return `found ${shown(told)}, expected ${issue.message}${hintFor(guess)}`;
}

/** The words of the schema, where it has some for all forms together. */
function formWords(issue: z.core.$ZodIssueInvalidUnion): string {
  if (issue.message !== ZODS_OWN_WORDS) return issue.message;
  return issue.errors.map(([first]) => (first === undefined ? '' : oneForm(first, issue.input))).join(' or ');
}

const ZODS_OWN_WORDS = 'Invalid input';

function oneForm(issue: Issue, input: unknown): string {
  if (issue.code === 'invalid_type') return typeWords(issue.expected, input);
  return issue.code === 'invalid_value' ? choiceWords(issue.values.map(String), input) : issue.message;
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
  string: 'text',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
};

function typeWords(type: string, input: unknown): string {
  const quotes = type === 'string' && (typeof input === 'number' || typeof input === 'boolean');
  return `${TYPES[type] ?? type}${quotes ? ' (put it in quotes)' : ''}`;
}

function choiceWords(choices: readonly string[], input: unknown): string {
  const [only] = choices;
  if (typeof input !== 'string' && choices.includes(String(input)))
    return `text (put it in quotes: "${String(input)}")`;
  const guess = typeof input === 'string' ? suggest(input, choices) : null;
  return `${choices.length === 1 ? only : `one of ${choices.join(', ')}`}${hintFor(guess)}`;
}

function sizeWords(origin: string, limit: number | bigint, comparison: string): string {
  if (origin === 'string') return limit === 1 ? 'some text' : `${comparison} ${limit} characters`;
  if (origin === 'array') return `${comparison} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return `${comparison} ${limit}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing behind the colon';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a group of keys';
  const text = typeof value === 'string' ? value.replace(/\/\/[^/@\s]*@/g, '//…@') : value;
  return short(typeof text === 'string' ? JSON.stringify(text) : String(text));
}

const LONGEST_SHOWN = 80;

function short(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
