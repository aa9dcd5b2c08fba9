/** What a bench has found, as numbers: the report renders them, the command line prints them on the way. */
export interface Findings {
  /** As it is called: `scale`. */
  readonly bench: string;
  /** What was measured, in one sentence. */
  readonly setting: string;
  readonly figures: readonly Figure[];
  /** What a reader has to know to judge them. */
  readonly notes?: readonly string[];
}

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** To a floor or a peer that was measured in the same run. */
  readonly ratio?: { readonly value: number; readonly to: string };
  /** Of the ratio where there is one, else of the value. */
  readonly target?: Target;
  /** Figures of one chart are drawn together, in their order. */
  readonly chart?: string;
}

export type Unit = '/s' | 'per core and s' | 's' | 'ms' | 'MB' | 'MB/s' | 'students';
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** @returns null where nothing is asked */
export function isMet({ value, ratio, target }: Figure): boolean | null {
  if (target === undefined) return null;
  const measured = ratio?.value ?? value;
  return 'atLeast' in target ? measured >= target.atLeast : measured <= target.atMost;
}

export function allMet(found: readonly Findings[]): boolean {
  return found.every(({ figures }) => figures.every((figure) => isMet(figure) !== false));
}

export function targetWords({ ratio, unit, target }: Figure): string {
  if (target === undefined) return '';
  const suffix = ratio === undefined ? ` ${unit}` : ` x ${ratio.to}`;
  return 'atLeast' in target ? `at least ${target.atLeast}${suffix}` : `at most ${target.atMost}${suffix}`;
}

/** One line for whoever waits: what, value, ratio, and whether that is enough. */
export function figureWords(figure: Figure): string {
  const { what, value, unit, ratio } = figure;
  const met = isMet(figure);
  const ratioWords = ratio === undefined ? '' : `  ${ratio.value.toFixed(2)} x ${ratio.to}`;
  const verdict = met === null ? '' : `  ${met ? 'met' : 'MISSED'}: ${targetWords(figure)}`;
  return `  ${what.padEnd(64)} ${valueWords(value).padStart(9)} ${unit}${ratioWords}${verdict}`;
}

export function valueWords(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
