import { escapeXml } from '../../documents/escape-xml.ts';
import type { WeekFacts } from './collect.ts';

const WIDTH = 1040;
const HEIGHT = 320;
const LEFT = 46;
const RIGHT = 52;
const TOP = 18;
const BOTTOM = 44;

/** One colour per step, in the order of the ladder; told apart without colour by the legend and the table below. */
export const stepColours = ['#3b7a78', '#d9a441', '#c8643b', '#7d3c5d', '#4a5d8f', '#7a7a7a'];

/**
 * The year as one picture: what was absent (area, right axis) and which steps were taken because of it
 * (stacked bars, left axis), week by week. Inline SVG, no script.
 */
export function yearChart(weeks: readonly WeekFacts[], steps: readonly string[]): string {
  if (weeks.length === 0) return '<p>Nothing happened yet.</p>';
  const taken = weeks.map((week) => steps.reduce((sum, step) => sum + (week.taken[step] ?? 0), 0));
  const mostTaken = Math.max(1, ...taken);
  const mostAbsences = Math.max(1, ...weeks.map((week) => week.absences));
  const slot = (WIDTH - LEFT - RIGHT) / weeks.length;
  const plot = HEIGHT - TOP - BOTTOM;
  const y = (value: number, most: number) => TOP + plot - (value / most) * plot;

  const area = weeks
    .map((week, index) => `${x(index)},${y(week.absences, mostAbsences).toFixed(1)}`)
    .join(' ');
  const bars = weeks.map((week, index) => bar(week, index)).join('\n');
  const labels = weeks
    .map((week, index) =>
      index % Math.ceil(weeks.length / 12) === 0
        ? `<text x="${x(index)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${week.monday.slice(5).replace('-', '/')}</text>`
        : '',
    )
    .join('');
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="chart-title chart-desc">
<title id="chart-title">Absences and steps by week</title>
<desc id="chart-desc">Bars: steps of the procedure taken in each week. Shaded area: absence rows of that week.</desc>
<g class="grid">${[0, 0.5, 1].map((part) => gridLine(part)).join('')}</g>
<polygon class="absences" points="${x(0)},${TOP + plot} ${area} ${x(weeks.length - 1)},${TOP + plot}"/>
${bars}
<g class="axis">${labels}
<text x="${LEFT}" y="${HEIGHT - 6}">week of</text>
<text x="4" y="${TOP - 6}">steps</text><text x="${WIDTH - 4}" y="${TOP - 6}" text-anchor="end">absences</text></g>
</svg>`;

  function x(index: number): string {
    return (LEFT + slot * (index + 0.5)).toFixed(1);
  }

  function bar(week: WeekFacts, index: number): string {
    const width = Math.min(26, slot * 0.6);
    let base = 0;
    return steps
      .map((step, order) => {
        const count = week.taken[step] ?? 0;
        if (count === 0) return '';
        const top = y(base + count, mostTaken);
        const height = y(base, mostTaken) - top;
        base += count;
        const label = `Week of ${week.monday}: ${count} × ${step}`;
        return `<rect x="${(LEFT + slot * (index + 0.5) - width / 2).toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${stepColours[order % stepColours.length]}"><title>${escapeXml(label)}</title></rect>`;
      })
      .join('');
  }

  function gridLine(part: number): string {
    const at = (TOP + plot - part * plot).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${Math.round(mostTaken * part)}</text><text x="${WIDTH - RIGHT + 6}" y="${Number(at) + 4}">${Math.round(mostAbsences * part)}</text>`;
  }
}
