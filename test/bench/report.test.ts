import { expect, test } from '@jest/globals';
import { allMet, type Figure, type Findings, figureWords, isMet } from './figures.ts';
import { writeReport } from './report.ts';

const rate: Figure = { what: 'letters, 2 workers', value: 40, unit: '/s', chart: 'Letters <per> second' };

test.each<[what: string, figure: Omit<Figure, 'what' | 'unit'>, met: boolean | null]>([
  ['nothing is asked', { value: 1 }, null],
  ['as much as is asked', { value: 3, target: { atMost: 3 } }, true],
  ['more than is asked', { value: 3.01, target: { atMost: 3 } }, false],
  [
    'the ratio counts, not the value',
    { value: 1, ratio: { value: 0.8, to: 'x' }, target: { atLeast: 0.8 } },
    true,
  ],
  [
    'too little of the ratio',
    { value: 99, ratio: { value: 0.79, to: 'x' }, target: { atLeast: 0.8 } },
    false,
  ],
  ['what was not measured', { value: Number.NaN, target: { atMost: 3 } }, false],
])('%s', (_what, figure, met) => {
  expect(isMet({ what: 'w', unit: 's', ...figure })).toBe(met);
});

test('the report says on which machine, what was asked, what came of it and what is missing', () => {
  const slow: Figure = {
    ...rate,
    what: 'letters, 4 workers',
    value: 60,
    ratio: { value: 0.75, to: '4 x one worker' },
    target: { atLeast: 0.8 },
  };
  const found: Findings[] = [
    { bench: 'scale', setting: 'Two cores', figures: [rate, slow], notes: ['No Redis.'] },
  ];
  const files = writeReport({
    machine: { rows: [['Load before it', '12.0']] },
    quick: true,
    found,
    notMeasured: [{ bench: 'letters', why: 'There is no browser.' }],
  });
  expect([...files.keys()]).toEqual(['scale-letters-per-second.svg', 'report.md']);
  const report = files.get('report.md');
  for (const words of [
    '| Load before it | 12.0 |',
    '| scale | letters, 4 workers | at least 0.8 x 4 x one worker | 0.75 x | **missed** |',
    '**Not measured:** letters. There is no browser.',
    '![Letters <per> second](scale-letters-per-second.svg)',
    'its figures are to be quoted nowhere',
    'No Redis.',
  ])
    expect(report).toContain(words);
  expect(files.get('scale-letters-per-second.svg')).toContain('Letters &lt;per&gt; second');
  expect(figureWords(slow)).toContain('MISSED: at least 0.8 x 4 x one worker');
  expect(allMet(found)).toBe(false);
});
