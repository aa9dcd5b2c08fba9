import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Crew, Said } from './crew.ts';

const LINE = /^ {2}keep: (\d+)$/m;
const FEWEST = 2;
const MOST = 4;
const POLL_MS = 100;
const PATIENCE_MS = 20_000;

/** What the soak adds to the demonstration's configuration: a backup each week, in which a number changes now and then. */
export async function addBackups(configDir: string): Promise<void> {
  const file = fileIn(configDir);
  const text = await readFile(file, 'utf8');
  await replace(file, `${text}backup:\n  schedule: 0 1 * * 3\n  keep: ${FEWEST}\n`);
}

/**
 * Changes how many backups are kept, and has all processes read it. With `bad` the file cannot be used at first: all go
 * on with the one before and say so.
 */
export async function changeConfiguration(
  configDir: string,
  crew: Crew,
  kind: 'good' | 'bad',
  wrong: (what: string) => void,
): Promise<void> {
  const file = fileIn(configDir);
  const text = await readFile(file, 'utf8');
  const before = Number(LINE.exec(text)?.[1]);
  const next = before === MOST ? FEWEST : before + 1;
  if (kind === 'bad') {
    await replace(file, text.replace(LINE, '  keep: several'));
    crew.signalAll('SIGHUP');
    if (!(await comesTrue(crew, ({ refused, keep }) => refused && keep === before)))
      wrong('a configuration that cannot be used was not kept out');
  }
  await replace(file, text.replace(LINE, `  keep: ${next}`));
  crew.signalAll('SIGHUP');
  if (!(await comesTrue(crew, ({ refused, keep }) => !refused && keep === next)))
    wrong('a changed configuration did not come into force');
}

async function comesTrue(crew: Crew, holds: (state: Said<'state'>) => boolean): Promise<boolean> {
  const began = performance.now();
  while (performance.now() - began < PATIENCE_MS) {
    if ((await crew.states()).every(holds)) return true;
    await wait(POLL_MS);
  }
  return false;
}

function fileIn(configDir: string): string {
  return join(configDir, 'district.yaml');
}

/** In one step: a process that reads it meanwhile finds one or the other. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
