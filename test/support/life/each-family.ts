import type { District } from './district.ts';
import type { Family } from './family.ts';

/** So many play at the same time. */
const AT_ONCE = 8;

/** Each family plays, several at a time; the first that breaks ends it, once all that had begun are still. */
export async function eachFamily(
  { families }: District,
  play: (family: Family) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  let next = 0;
  const one = async () => {
    for (
      let family = families[next++];
      family !== undefined && errors.length === 0;
      family = families[next++]
    )
      await play(family).catch((error: unknown) => errors.push(error));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  if (errors.length > 0) throw errors[0];
}
