import { expect, test } from '@jest/globals';
import { type WeeksChart, weeksChart } from '../../src/documents/weeks-chart.ts';

const chart: WeeksChart = {
  title: 'Letters per week under two policies',
  description: 'From 2026-08-17 to 2026-09-11: 9 letters and 12.',
  names: ['in force: 2026-27 (5f5bcaeb)', 'other: <three> & "more"'],
  weeks: [
    { week: '2026-08-17', inForce: 0, other: 0 },
    { week: '2026-08-24', inForce: 2, other: 0 },
    { week: '2026-08-31', inForce: 0, other: 7 },
    { week: '2026-09-07', inForce: 7, other: 5 },
  ],
};

/** The names of the elements, once each is closed in the right place and every text is free of loose marks. */
function elementsOf(svg: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const rest = svg
    .replace(/<\?xml[^>]*\?>/, '')
    .replace(/<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g, (_, end, name, _attributes, self) => {
      if (end === '/') expect(open.pop()).toBe(name);
      else {
        names.push(name);
        if (self !== '/') open.push(name);
      }
      return '';
    });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39);)/);
  return names;
}

test('is well-formed SVG whatever the policies are called, without scripts or anything from elsewhere', () => {
  const svg = weeksChart(chart);
  expect(elementsOf(svg)[0]).toBe('svg');
  expect(svg).toContain('other: &lt;three&gt; &amp; &quot;more&quot;');
  expect(svg).not.toMatch(/<script|<image|href=|url\((?!#)/);
});

test('says what it shows to those who do not see it', () => {
  const svg = weeksChart(chart);
  expect(svg).toContain('<title id="title">Letters per week under two policies</title>');
  expect(svg).toContain('<desc id="desc">From 2026-08-17 to 2026-09-11: 9 letters and 12.</desc>');
  expect(svg).toContain('role="img" aria-labelledby="title desc"');
});

test('has each number in a table below the bars, and a bar for each that is not 0', () => {
  const svg = weeksChart(chart);
  const rows = [...svg.matchAll(/<g role="row">(.*?)<\/g>/g)].map(([, row = '']) =>
    [...row.matchAll(/>([^<]*)<\/text>/g)].map(([, cell]) => cell),
  );
  const head = ['week of', 'in force', 'other'];
  expect(rows.filter((row) => row[0] !== head[0])).toEqual(
    chart.weeks.map(({ week, inForce, other }) => [week, String(inForce), String(other)]),
  );
  expect(rows).toContainEqual(head);
  const bars = svg.slice(svg.indexOf('role="img"'), svg.indexOf('role="table"')).match(/<rect /g);
  expect(bars).toHaveLength(4);
});

test.each([
  [[], 4],
  [[3], 4],
  [[7], 8],
  [[13], 16],
  [[41], 80],
  [[1_900], 2_000],
])('the axis for %j ends at %i', (numbers, top) => {
  const weeks = numbers.map((inForce) => ({ week: '2026-08-17', inForce, other: 0 }));
  expect(weeksChart({ ...chart, weeks })).toContain(`fill="#55616d">${top}</text>`);
});
