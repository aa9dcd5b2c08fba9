import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile, StepOfFile } from './policy-schema.ts';
import { hintFor, suggest } from './suggest.ts';

/** What the shipped letters tell families about the count. */
const COUNTED_TOGETHER = 'Excused and unexcused absences are counted together.';

/** What only a step that counts in percent can say. */
const PERCENT = /\{\{\s*absence\.percent\s*\}\}/;

/** A letter has a template, and what the template says of the count is so. */
export function checkLetter(
  { letter, basis, unit }: StepOfFile,
  { counting }: Partial<PolicyFile>,
  letters: ReadonlyMap<string, string> | null,
  at: Place,
): ConfigProblem[] {
  if (letter === undefined || letters === null) return [];
  const text = letters.get(letter);
  if (text === undefined) {
    const names = [...letters.keys()];
    const known = names.length === 0 ? 'there is none' : `there is ${names.join(', ')}`;
    return [
      at(
        ['letter'],
        `found "${letter}", expected a letter with a template ${letter}.en.md (${known})${hintFor(suggest(letter, names))}`,
      ),
    ];
  }
  if (PERCENT.test(text) && unit !== 'percent')
    return [
      at(
        ['letter'],
        `found "${letter}", whose template says {{ absence.percent }}, expected one without it, or \`unit: percent\`: this step counts days`,
      ),
    ];
  if (!text.replace(/\s+/g, ' ').includes(COUNTED_TOGETHER)) return [];
  const clash = basis === 'unexcused' ? '`basis: unexcused`' : clashOf(counting);
  return clash === null
    ? []
    : [
        at(
          ['letter'],
          `found "${letter}", whose template says “${COUNTED_TOGETHER}”, expected one that fits ${clash}`,
        ),
      ];
}

function clashOf(counting: PolicyFile['counting'] | undefined): string | null {
  const missing = (['excused', 'unexcused'] as const).filter(
    (excuse) => counting !== undefined && !counting.excuses.includes(excuse),
  );
  return missing.length === 0 ? null : `\`counting.excuses\` without ${missing.join(' and ')}`;
}
