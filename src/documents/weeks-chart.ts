import { escapeXml } from './escape-xml.ts';

/** Letters per week under two policies. */
export interface WeeksChart {
  readonly title: string;
  /** What the chart shows, in a sentence or two: for those who do not see it. */
  readonly description: string;
  readonly names: readonly [inForce: string, other: string];
  readonly weeks: readonly { readonly week: string; readonly inForce: number; readonly other: number }[];
}

const WIDTH = 1040;
const PLOT = { left: 56, right: 20, top: 96, height: 260 } as const;
const LABELS = 44;
const ROW = 20;
const COLUMN = 330;
const INK = '#1f2933';
const SOFT = '#55616d';
const LINE = '#c9ced3';
/** Told apart without colour too: one is filled, the other hatched. */
const FILLED = '#2f6f6d';
const HATCHED = '#b3541e';

/** An SVG of its own: the bars, and below them the same numbers as a table. Letters, no scripts, no outside fonts. */
export function weeksChart(chart: WeeksChart): string {
  const { weeks } = chart;
  const tableTop = PLOT.top + PLOT.height + LABELS + 34;
  const columns = Math.floor((WIDTH - 40) / COLUMN);
  const perColumn = Math.max(1, Math.ceil(weeks.length / columns));
  const height = tableTop + (perColumn + 1) * ROW + 24;
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" lang="en" role="group" aria-labelledby="title" font-family="Noto Sans, Segoe UI, Helvetica, Arial, sans-serif" font-size="13" fill="${INK}">
<title id="title">${escapeXml(chart.title)}</title>
<desc id="desc">${escapeXml(chart.description)}</desc>
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/><rect width="3" height="6" fill="${HATCHED}"/></pattern></defs>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="20" y="32" font-size="19" font-weight="bold">${escapeXml(chart.title)}</text>
${legend(chart)}
<g role="img" aria-labelledby="title desc">
${grid(weeks)}
${weeks.map((week, index) => bars(chart, week, index)).join('\n')}
</g>
${tables(chart, tableTop, perColumn)}
</svg>
`;
}

type Week = WeeksChart['weeks'][number];

function legend({ names }: WeeksChart): string {
  return names
    .map((name, index) => {
      const x = 20 + index * 500;
      return `${bar(x, 48, 18, 14, index)}<text x="${x + 26}" y="60">${escapeXml(short(name))}</text>`;
    })
    .join('\n');
}

function bar(x: number, y: number, width: number, height: number, index: number): string {
  const look = index === 0 ? `fill="${FILLED}"` : `fill="url(#hatch)" stroke="${HATCHED}"`;
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" ${look}/>`;
}

function grid(weeks: readonly Week[]): string {
  const most = topOf(weeks);
  return [0, 0.25, 0.5, 0.75, 1]
    .map((part) => {
      const y = round(PLOT.top + PLOT.height * (1 - part));
      return `<line x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${y}" y2="${y}" stroke="${LINE}"/><text x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end" fill="${SOFT}">${most * part}</text>`;
    })
    .join('\n');
}

function bars(chart: WeeksChart, week: Week, index: number): string {
  const slot = (WIDTH - PLOT.left - PLOT.right) / chart.weeks.length;
  const width = Math.min(22, slot * 0.36);
  const middle = PLOT.left + slot * (index + 0.5);
  const most = topOf(chart.weeks);
  const drawn = [week.inForce, week.other].map((count, side) => {
    const height = (count / most) * PLOT.height;
    return count === 0
      ? ''
      : bar(middle + (side - 1) * width, PLOT.top + PLOT.height - height, width, height, side);
  });
  const every = Math.ceil(chart.weeks.length / 18);
  const label =
    index % every === 0
      ? `<text x="${round(middle)}" y="${PLOT.top + PLOT.height + 20}" text-anchor="middle" font-size="11" fill="${SOFT}">${week.week.slice(5)}</text>`
      : '';
  return `<g><title>Week of ${week.week}: ${week.inForce} and ${week.other}</title>${drawn.join('')}${label}</g>`;
}

function tables({ names, weeks }: WeeksChart, top: number, perColumn: number): string {
  const blocks: string[] = [];
  for (let from = 0; from < weeks.length; from += perColumn) {
    const x = 20 + (from / perColumn) * COLUMN;
    const rows = weeks
      .slice(from, from + perColumn)
      .map((week, index) =>
        tableRow([week.week, week.inForce, week.other], x, top + (index + 1) * ROW, 'cell'),
      );
    blocks.push([tableRow(['week of', 'in force', 'other'], x, top, 'columnheader'), ...rows].join('\n'));
  }
  return `<g role="table" aria-label="${escapeXml(`Letters by week: ${names[0]} (in force) and ${names[1]} (other)`)}">\n${blocks.join('\n')}\n</g>`;
}

/** The first cell to the left, numbers to the right. */
function tableRow(
  cells: readonly [string, ...(string | number)[]],
  x: number,
  y: number,
  role: 'cell' | 'columnheader',
): string {
  const color = role === 'cell' ? INK : SOFT;
  const written = cells.map((cell, column) => {
    const place = column === 0 ? `x="${x}"` : `x="${x + 90 + column * 100}" text-anchor="end"`;
    return `<text role="${role}" ${place} y="${y}" fill="${color}">${escapeXml(String(cell))}</text>`;
  });
  return `<g role="row">${written.join('')}</g>`;
}

/** At or above the highest bar, and easy to divide into four. */
function topOf(weeks: readonly Week[]): number {
  const quarter = Math.max(1, ...weeks.flatMap(({ inForce, other }) => [inForce, other])) / 4;
  const size = 10 ** Math.floor(Math.log10(Math.max(1, quarter)));
  const step = [1, 2, 3, 4, 5, 6, 8, 10].find((one) => one * size >= quarter) ?? 10;
  return 4 * step * size;
}

function short(name: string): string {
  return name.length > 60 ? `${name.slice(0, 59)}…` : name;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
