export interface Step {
  readonly instruction: string;
  /** What follows it, with lines that go on joined into one. */
  readonly words: string;
}

export interface Stage {
  readonly name: string | null;
  readonly image: string;
  readonly steps: readonly Step[];
}

/** The stages of a Dockerfile, as far as ours makes use of the language. @throws Error on what it does not know */
export function parseDockerfile(text: string): Stage[] {
  const stages: { name: string | null; image: string; steps: Step[] }[] = [];
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) {
    const [, instruction = '', words = ''] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      const [image = '', as, name = null] = words.split(/\s+/);
      if (as !== undefined && as !== 'AS') throw new Error(`not understood: ${line}`);
      stages.push({ name, image, steps: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (instruction === '' || stage === undefined) throw new Error(`not understood: ${line}`);
    stage.steps.push({ instruction, words });
  }
  return stages;
}

/** The instruction that counts where there are several: the last one. */
export function lastOf({ steps }: Stage, instruction: string): string | null {
  return steps.findLast((step) => step.instruction === instruction)?.words ?? null;
}

export interface Copy {
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export function copyOf({ words }: Step): Copy {
  const parts = words.split(/\s+/);
  const from = parts[0]?.startsWith('--from=') ? (parts.shift() ?? '').slice('--from='.length) : null;
  const target = parts.pop() ?? '';
  return { from, sources: parts, target };
}

/** `["a", "b"]`, the form in which no shell has a say. @throws Error for the other form */
export function execForm(words: string | null): string[] {
  const parsed: unknown = JSON.parse((words ?? '').replace(/^.*?(?=\[)/, ''));
  if (!Array.isArray(parsed)) throw new Error(`expected a list: ${words}`);
  return parsed.map(String);
}
