import { BrokenError } from './family.ts';
import { type Lived, playDistrict } from './play.ts';

/** So much of the log of a life that broke is shown. */
const LINES = 80;

/**
 * Plays the lives of a district. One that breaks is played once more, alone: whoever looks for the reason has the steps
 * of this family only.
 * @throws Error that tells the seed, the family, what happened to it, and how it is played again
 */
export async function livesOf(seed: number, families: number, only: number | null): Promise<Lived> {
  try {
    return await playDistrict(seed, families, only);
  } catch (error) {
    if (!(error instanceof BrokenError)) throw error;
    const { family } = error;
    const alone =
      family === null || only !== null
        ? null
        : await playDistrict(seed, families, family.number).then(
            () => 'Alone this family lives on.',
            (again: unknown) => `Alone it comes to: ${again}`,
          );
    throw new Error(
      [
        `SIM_SEED=${seed}: ${error.message}`,
        ...(family === null
          ? []
          : [
              `Family ${family.number}, its life:`,
              ...family.log.slice(-LINES),
              ...(alone === null ? [] : [alone]),
              `Played again by: SIM_SEED=${seed} SIM_FAMILY=${family.number} npm test -- test/surviving/many-lives`,
            ]),
      ].join('\n'),
      { cause: error },
    );
  }
}
