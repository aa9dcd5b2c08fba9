import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

const DOCUMENTS = ['README.md', 'config/README.md', 'templates/README.md'];

test('each command that a sentence or a document names is one, with the options that it gives it', async () => {
  const program = await createProgram();
  const named = [...DOCUMENTS.flatMap(callsInDocument), ...codeFiles('src').flatMap(callsInCode)];
  expect(named.length).toBeGreaterThan(150);
  const wrong = named.flatMap(({ file, call }) => {
    const problem = problemOf(program, call);
    return problem === null ? [] : [`${file}: rollcall ${call}: ${problem}`];
  });
  expect(wrong).toEqual([]);
});

test('the README names each command in its table', async () => {
  const program = await createProgram();
  const cells = readFileSync('README.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|')[1] ?? '');
  const listed = new Set(
    cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)/g)].map(([, word = '']) => word)),
  );
  expect(program.commands.map((command) => command.name()).filter((name) => !listed.has(name))).toEqual([]);
});

interface Named {
  readonly file: string;
  /** What stands behind `rollcall`. */
  readonly call: string;
}

function callsInDocument(file: string): Named[] {
  const text = readFileSync(file, 'utf8').replaceAll(/\\\n\s*/g, ' ');
  const calls = [
    /`rollcall ([^`]+)`/g,
    /^\s*(?:sudo )?rollcall (.+)$/gm,
    /npm run (?:-s )?rollcall -- ([^`\n]+)/g,
    /rollcall\.js ([^'`\n]+)/g,
    /docker compose run --rm rollcall ([^`\n]+)/g,
  ];
  return calls.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, call = '']) => ({ file, call: call.replaceAll('\n', ' ') })),
  );
}

function callsInCode(file: string): Named[] {
  const matches = readFileSync(file, 'utf8').matchAll(/[`“(]rollcall ([a-z][^`”)\n]*)/g);
  return [...matches]
    .map(([, call = '']) => ({ file, call: call.replace(/\\$/, '') }))
    .filter(({ call }) => !NO_SENTENCE.test(call));
}

/** What keys and hashes are made from. */
const NO_SENTENCE = /\\0|createHash/;

function codeFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** @returns what is wrong with a call; null: nothing */
function problemOf(program: Command, call: string): string | null {
  const words = call.split(/\s+/).filter((word) => word !== '');
  let command = program;
  for (const word of words) {
    if (word.startsWith('-') || word.startsWith('[')) continue;
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) {
      if (command === program && valueOfGlobal(words, word)) continue;
      break;
    }
    command = next;
  }
  if (command === program) return words.some((word) => /^[a-z]/.test(word)) ? 'no such command' : null;
  const ends = words.lastIndexOf(command.name());
  const rest = words.slice(ends + 1);
  const meant = defaultOf(command) ?? command;
  const [first = ''] = rest;
  if (/^[a-z][a-z-]*$/.test(first) && meant.registeredArguments.length === 0) return `takes no “${first}”`;
  const known = new Set(
    [program, command, meant].flatMap(({ options }) => options.flatMap(({ long }) => long ?? [])),
  );
  const unknown = rest
    .flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? [])
    .find((option) => option !== '--help' && !known.has(option));
  return unknown === undefined ? null : `has no option ${unknown}`;
}

function valueOfGlobal(words: readonly string[], word: string): boolean {
  return /^--(config|data)$/.test(words[words.indexOf(word) - 1] ?? '');
}

/** What a command does where none of its own is named. */
function defaultOf(command: Command): Command | undefined {
  const { _defaultCommandName: name } = command as unknown as { _defaultCommandName?: string | null };
  return command.commands.find((one) => one.name() === name);
}
