import pc from 'picocolors';

const COLOURS: Readonly<Record<string, (text: string) => string>> = {
  debug: pc.dim,
  info: pc.cyan,
  warn: pc.yellow,
  error: pc.red,
};
const LEVEL_WIDTH = 5;

/** A line of the log as a person at a terminal reads it: `14:03:07 info  ready  milliseconds=812`. */
export function humanLine(json: string): string {
  const { time, level, event, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const shown = Object.entries(fields).map(([key, value]) => pc.dim(`${key}=`) + valueText(value));
  const clock = new Date(String(time)).toTimeString().slice(0, 8);
  const colour = COLOURS[String(level)] ?? String;
  return `${[pc.dim(clock), colour(String(level).padEnd(LEVEL_WIDTH)), String(event), ...shown].join(' ')}\n`;
}

function valueText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
