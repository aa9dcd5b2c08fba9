/** `12.3 MB`, in steps of 1,000. */
export function bytesInWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function durationInWords(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 90) return `${seconds.toFixed(1)} seconds`;
  return `${(seconds / 60).toFixed(1)} minutes`;
}
