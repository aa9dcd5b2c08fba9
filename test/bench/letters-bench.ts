import { readdirSync, readFileSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { type LetterFacts, renderLetter } from '../../src/documents/letter.ts';
import { loadTemplates } from '../../src/documents/template.ts';
import { aLetter, datesOf } from '../support/letters.ts';
import { type Figure, type Findings, figureWords } from './figures.ts';

/** Times as fast as the browser that a letter has to be. */
const TARGET = 15;

interface Speed {
  readonly letters: number;
  readonly perSecond: number;
  /** Of processor time, whole processes, so that cores do not blur it. */
  readonly perCoreSecond: number;
}

/**
 * Tagged letters per second, against headless Chromium which prints the HTML of the same letters as tagged PDF, one
 * after the other in one open page, both in the same run and in turns.
 * @param seconds for each of the two
 */
export async function benchLetters(seconds: number, executablePath: string): Promise<Findings> {
  const templates = await loadTemplates('templates');
  const facts = Array.from({ length: 50 }, (_, index) => factsOf(index));
  const render = async (index: number) => {
    const letter = await renderLetter(templates, facts[index % facts.length] as LetterFacts);
    if (letter.kind !== 'rendered') throw new Error(letter.kind);
    return letter;
  };
  const pages: string[] = [];
  for (const [index] of facts.entries()) pages.push((await render(index)).html);
  const server = await chromium.launchServer({ executablePath, args: ['--no-sandbox'] });
  const browserTime = () => timeOfTree(server.process().pid ?? 0);
  try {
    const print = await printer(await chromium.connect(server.wsEndpoint()));
    for (let warm = 0; warm < 5; warm += 1) await print(pages[warm] ?? '');
    const [ours, theirs]: Speed[][] = [[], []];
    for (let round = 0; round < 3; round += 1) {
      ours?.push(await measure(seconds / 3, async (index) => (await render(index)).pdf.length, ownTime));
      theirs?.push(
        await measure(seconds / 3, (index) => print(pages[index % pages.length] ?? ''), browserTime),
      );
    }
    const [letter, page] = [middle(ours ?? []), middle(theirs ?? [])];
    const chart = 'Letters per second of a core';
    const figures: Figure[] = [
      { what: 'letters by the clock', value: letter.perSecond, unit: '/s' },
      {
        what: 'letters per second of a core',
        value: letter.perCoreSecond,
        unit: 'per core and s',
        ratio: { value: letter.perCoreSecond / page.perCoreSecond, to: 'Chromium' },
        target: { atLeast: TARGET },
        chart,
      },
      { what: 'Chromium, the same letters', value: page.perCoreSecond, unit: 'per core and s', chart },
    ];
    process.stdout.write(`\nLetters\n${figures.map(figureWords).join('\n')}\n`);
    return {
      bench: 'letters',
      setting:
        'Tagged letters of one page, against headless Chromium printing the HTML of the same ones, in turns',
      figures,
    };
  } finally {
    await server.close();
  }
}

/** No two letters have the same names, dates and reference. */
function factsOf(index: number): LetterFacts {
  const code = String(index).padStart(4, '2');
  return aLetter({
    reference: `L-7F3K-${code}`,
    student: { givenName: `Łukasz ${index}`, familyName: "O'Brien-Sánchez", grade: '05' },
    dates: datesOf(7 + (index % 5)),
  });
}

async function printer(browser: Browser): Promise<(html: string) => Promise<number>> {
  const page = await browser.newPage();
  return async (html) => {
    await page.setContent(html);
    const pdf = await page.pdf({ format: 'Letter', tagged: true, printBackground: true });
    return pdf.length;
  };
}

async function measure(
  seconds: number,
  make: (index: number) => Promise<number>,
  processorSeconds: () => number,
): Promise<Speed> {
  const began = performance.now();
  const used = processorSeconds();
  let letters = 0;
  while (performance.now() - began < seconds * 1_000) {
    if ((await make(letters)) < 1_000) throw new Error('a document is too small to be a letter');
    letters += 1;
  }
  const perSecond = letters / ((performance.now() - began) / 1_000);
  return { letters, perSecond, perCoreSecond: letters / (processorSeconds() - used) };
}

function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

const TICKS = 100;

/** Processor time of a process and of all that it has started, from Linux's /proc. */
function timeOfTree(root: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name of the program may have spaces and brackets in it.
        const fields = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number);
        const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0);
        return [{ id: Number(name), parent: fields[1] ?? 0, ticks }];
      } catch {
        return [];
      }
    });
  const inside = new Set([root]);
  for (let before = 0; before < inside.size; ) {
    before = inside.size;
    for (const { id, parent } of processes) if (inside.has(parent)) inside.add(id);
  }
  return processes.filter(({ id }) => inside.has(id)).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS;
}

function middle(speeds: readonly Speed[]): Speed {
  const sorted = [...speeds].sort((a, b) => a.perCoreSecond - b.perCoreSecond);
  return sorted[Math.floor(sorted.length / 2)] as Speed;
}
