/** What a process held on a day, in bytes. */
export interface MemorySample {
  readonly day: number;
  readonly bytes: number;
}

export interface MemoryTrend {
  /** MB in 100 days: the median of the slopes between days that are not far from each other. */
  readonly slope: number;
  /** Median of the first and of the last ten days that were looked at, in MB. */
  readonly early: number;
  readonly late: number;
  readonly flat: boolean;
}

const MB = 1024 * 1024;
/** In which everything is loaded, compiled and filled. */
const WARM_UP_DAYS = 40;
/**
 * What is loaded the first time that it is needed (the first packet of the year loads all that binds PDFs) is a step,
 * which bends few of the slopes over so many days; what is lost day by day bends each of them.
 */
const NEAR_DAYS = 30;
/** Fewer days show what the weeks bring and take again, and no trend. */
const FEWEST_DAYS = 60;
const ENDS = 10;
/** From so many played days on the year is judged as a whole. */
export const JUDGED_DAYS = WARM_UP_DAYS + FEWEST_DAYS;

/** @param most MB in 100 days that are no leak @returns null: too few days to judge */
export function memoryTrend(samples: readonly MemorySample[], most: number): MemoryTrend | null {
  const born = samples[0]?.day ?? 0;
  const looked = samples.filter(({ day }) => day - born >= WARM_UP_DAYS);
  if (looked.length < FEWEST_DAYS) return null;
  const slopes = looked.flatMap((one, place) =>
    looked
      .slice(place + 1)
      .filter((other) => other.day - one.day <= NEAR_DAYS)
      .map((other) => (other.bytes - one.bytes) / MB / (other.day - one.day)),
  );
  const slope = median(slopes) * 100;
  const held = looked.map(({ bytes }) => bytes / MB);
  return { slope, early: median(held.slice(0, ENDS)), late: median(held.slice(-ENDS)), flat: slope <= most };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
