import pc from 'picocolors';
import type { Finding } from '../demo/soak/finding.ts';
import { type MemorySample, memoryTrend } from '../demo/soak/memory.ts';
import type { SoakPlayed } from '../demo/soak/play-soak.ts';
import { heading, print, table } from './output.ts';

const MOST_SHOWN = 5;

/** MB in 100 days that are no leak: what is in use, and what the process holds of the machine's memory. */
const MOST_IN_USE = 5;
const MOST_RESIDENT = 40;

/** Prints what a soak has come to. @returns whether all held */
export function printSoak(played: SoakPlayed, logFile: string): boolean {
  heading('What went wrong, on purpose');
  const mishaps = [...played.mishaps].sort(([a], [b]) => (a < b ? -1 : 1));
  print(mishaps.length === 0 ? '  nothing' : table(['mishap', 'times'], mishaps));
  print(`  The lead of the schedule went from one process to another ${played.leads} times.`);
  heading('Memory of the process that was never ended');
  const held = [
    memoryLine('in use', played.memory.heap, MOST_IN_USE),
    memoryLine('resident', played.memory.resident, MOST_RESIDENT),
  ];
  print(
    table(
      ['memory', 'early MB', 'late MB', 'MB in 100 days', 'at most', ''],
      held.map(({ cells }) => cells),
    ),
  );
  heading('What holds at the end');
  for (const finding of played.findings) print(findingLine(finding));
  const holds = played.findings.every(({ wrong }) => wrong.length === 0) && held.every(({ flat }) => flat);
  if (!holds) print(pc.red(`\n  Not everything held. The processes wrote ${logFile}`));
  else if (held.some(({ judged }) => !judged))
    print(pc.green('\n  Everything held. Memory was not judged: too few days.'));
  else print(pc.green('\n  Everything held.'));
  return holds;
}

function memoryLine(what: string, samples: readonly MemorySample[], most: number) {
  const trend = memoryTrend(samples, most);
  if (trend === null) return { judged: false, flat: true, cells: [what, '', '', '', most, 'not judged'] };
  const { slope, early, late, flat } = trend;
  const cells = [what, Math.round(early), Math.round(late), slope.toFixed(1), most, flat ? 'flat' : 'grows'];
  return { judged: true, flat, cells };
}

function findingLine({ what, looked, wrong }: Finding): string {
  const mark = wrong.length === 0 ? pc.green('✓') : pc.red('✗');
  const more = wrong.length > MOST_SHOWN ? `\n      and ${wrong.length - MOST_SHOWN} more` : '';
  const which = wrong.length === 0 ? '' : `\n      ${wrong.slice(0, MOST_SHOWN).join('\n      ')}${more}`;
  return `  ${mark} ${what} (${looked} looked at)${which}`;
}
