/**
 * Reads a QR code of version 1 without faults, by ISO/IEC 18004: the mask from the format, the bits in their zigzag,
 * the alphanumeric segment. It knows nothing of how the code was made.
 */
export function decodeCode(rows: readonly (readonly boolean[])[]): string {
  const dark = (x: number, y: number) => rows[y]?.[x] === true;
  for (const [x, y] of [
    [0, 0],
    [14, 0],
    [0, 14],
  ] as const) {
    if (!isFinder((dx, dy) => dark(x + dx, y + dy))) throw new Error('a finder pattern is missing');
  }
  const format = [0, 1, 2, 3, 4].reduce((bits, x) => bits * 2 + (dark(x, 8) ? 1 : 0), 0) ^ 0b10101;
  const level = format >> 3;
  if (level !== 0) throw new Error('the level of correction is not M');
  const inverted = MASKS[format & 7];
  if (inverted === undefined) throw new Error('there is no such mask');
  const bits: number[] = [];
  let upward = true;
  for (let right = 20; right > 0; right -= 2) {
    // The column of the timing pattern holds no data.
    if (right === 6) right -= 1;
    for (let step = 0; step < 21; step += 1) {
      const y = upward ? 20 - step : step;
      for (const x of [right, right - 1]) {
        if (!isFunction(x, y)) bits.push(dark(x, y) !== inverted(x, y) ? 1 : 0);
      }
    }
    upward = !upward;
  }
  const read = (count: number) => bits.splice(0, count).reduce((value, bit) => value * 2 + bit, 0);
  if (read(4) !== 0b0010) throw new Error('the segment is not alphanumeric');
  let text = '';
  for (let left = read(9); left > 0; left -= 2) {
    const value = read(left === 1 ? 6 : 11);
    text += left === 1 ? letter(value) : letter(Math.floor(value / 45)) + letter(value % 45);
  }
  return text;
}

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

function letter(value: number): string {
  return ALPHANUMERIC[value] ?? '?';
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Finder patterns with their borders and the format beside them, and the two timing patterns. */
function isFunction(x: number, y: number): boolean {
  return (x <= 8 && y <= 8) || (x >= 13 && y <= 8) || (x <= 8 && y >= 13) || x === 6 || y === 6;
}

function isFinder(dark: (dx: number, dy: number) => boolean): boolean {
  for (let dy = 0; dy < 7; dy += 1) {
    for (let dx = 0; dx < 7; dx += 1) {
      const ring = Math.max(Math.abs(dx - 3), Math.abs(dy - 3));
      if (dark(dx, dy) !== (ring !== 2)) return false;
    }
  }
  return true;
}
