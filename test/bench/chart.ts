import { escapeXml } from '../../src/documents/escape-xml.ts';
import { type Figure, valueWords } from './figures.ts';

const WIDTH = 760;
const BAR = { from: 330, most: 340, height: 18, step: 28, top: 44 };

/** Figures as bars, one below the other, as an SVG that stands for itself on a light and on a dark page. */
export function chartOf(title: string, figures: readonly Figure[]): string {
  const height = BAR.top + figures.length * BAR.step + 8;
  const most = Math.max(...figures.map(({ value }) => value), Number.MIN_VALUE);
  const bars = figures.map((figure, place) => {
    const y = BAR.top + place * BAR.step;
    const length = Math.max(1, (figure.value / most) * BAR.most);
    const text = (x: number, anchor: string, words: string) =>
      `<text x="${x}" y="${y + 13}" text-anchor="${anchor}">${escapeXml(words)}</text>`;
    return [
      text(BAR.from - 10, 'end', figure.what),
      `<rect x="${BAR.from}" y="${y}" width="${length.toFixed(1)}" height="${BAR.height}" fill="#2f6f6d"/>`,
      text(BAR.from + length + 8, 'start', `${valueWords(figure.value)} ${figure.unit}`),
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}" font-family="sans-serif" font-size="13" fill="#1f2933">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="24" font-size="15" font-weight="bold">${escapeXml(title)}</text>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}
