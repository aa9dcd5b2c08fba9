/** What a process held on a day, in bytes of resident memory. */
export interface MemorySample {
  readonly day: number;
  readonly bytes: number;
}

export interface MemoryTrend {
  /** MB a day, by least squares over what came after the first quarter, in which everything is loaded and compiled. */
  readonly slope: number;
  /** Median of the second and of the last quarter, in MB. */
  readonly early: number;
  readonly late: number;
  readonly flat: boolean;
}

const MB = 1024 * 1024;
/** A collector keeps what it may: so much more is no leak. */
const ROOM_SHARE = 1.25;
const ROOM_MB = 32;

/** @returns null: too few days to tell */
export function memoryTrend(samples: readonly MemorySample[]): MemoryTrend | null {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 3) return null;
  const warm = samples.slice(quarter);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const day = mean(warm.map((sample) => sample.day));
  const held = mean(warm.map((sample) => sample.bytes / MB));
  const both = warm.reduce((sum, one) => sum + (one.day - day) * (one.bytes / MB - held), 0);
  const days = warm.reduce((sum, one) => sum + (one.day - day) ** 2, 0);
  const early = median(samples.slice(quarter, 2 * quarter));
  const late = median(samples.slice(-quarter));
  return { slope: both / days, early, late, flat: late <= early * ROOM_SHARE + ROOM_MB };
}

function median(samples: readonly MemorySample[]): number {
  const sorted = samples.map(({ bytes }) => bytes / MB).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
