import { chartOf } from './chart.ts';
import { type Figure, type Findings, isMet, targetWords, valueWords } from './figures.ts';
import type { Machine } from './machine.ts';

export interface NotMeasured {
  readonly bench: string;
  readonly why: string;
}

export interface Report {
  readonly machine: Machine;
  /** A small form, whose figures are to be quoted nowhere. */
  readonly quick: boolean;
  readonly found: readonly Findings[];
  readonly notMeasured: readonly NotMeasured[];
}

/** The report in Markdown with its charts beside it, by file name. */
export function writeReport({ machine, quick, found, notMeasured }: Report): Map<string, string> {
  const files = new Map<string, string>();
  const lines = [
    '# What Rollcall takes',
    '',
    quick
      ? 'Measured by `npm run bench -- --quick`, in a small form: it shows that everything can be measured, and its figures are to be quoted nowhere.'
      : 'Measured by `npm run bench`.',
    'A ratio is to a floor or a peer that was measured in the same run, on the same machine.',
    '',
    ...table(['on', ''], machine.rows),
    '',
    '## What is asked, and what came of it',
    '',
    ...verdicts(found),
    ...notMeasured.map(({ bench, why }) => `\n**Not measured:** ${bench}. ${why}`),
  ];
  for (const findings of found) {
    lines.push('', `## ${findings.bench}`, '', `${findings.setting}.`, '', ...figureRows(findings.figures));
    for (const note of findings.notes ?? []) lines.push('', note);
    for (const [title, figures] of chartsOf(findings.figures)) {
      const file = `${findings.bench}-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`;
      files.set(file, chartOf(title, figures));
      lines.push('', `![${title}](${file})`);
    }
  }
  files.set('report.md', `${lines.join('\n')}\n`);
  return files;
}

function verdicts(found: readonly Findings[]): string[] {
  const rows = found.flatMap(({ bench, figures }) =>
    figures
      .filter(({ target }) => target !== undefined)
      .map((figure) => [bench, figure.what, targetWords(figure), measuredWords(figure), verdict(figure)]),
  );
  return table(['bench', 'what', 'asked', 'measured', ''], rows);
}

function figureRows(figures: readonly Figure[]): string[] {
  const rows = figures.map((figure) => [
    figure.what,
    `${valueWords(figure.value)} ${figure.unit}`,
    figure.ratio === undefined ? '' : `${figure.ratio.value.toFixed(2)} x ${figure.ratio.to}`,
    targetWords(figure),
    verdict(figure),
  ]);
  return table(['what', 'measured', 'ratio', 'asked', ''], rows);
}

function measuredWords({ value, unit, ratio }: Figure): string {
  return ratio === undefined ? `${valueWords(value)} ${unit}` : `${ratio.value.toFixed(2)} x`;
}

function verdict(figure: Figure): string {
  const met = isMet(figure);
  return met === null ? '' : met ? 'met' : '**missed**';
}

function chartsOf(figures: readonly Figure[]): Map<string, Figure[]> {
  const charts = new Map<string, Figure[]>();
  for (const figure of figures)
    if (figure.chart !== undefined) charts.set(figure.chart, [...(charts.get(figure.chart) ?? []), figure]);
  return charts;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
