import type { Evaluation } from '../../domain/ladder-facts.ts';

export interface EvaluationShelf {
  take(id: string): Promise<Evaluation | null>;
}

/** Some thousand of them take about as many times ten kilobytes. */
const ROOM = 2_000;

/** Evaluations never change: those that were looked at last are kept. @param room how many */
export function createEvaluationShelf(
  read: (id: string) => Promise<Evaluation | null>,
  room = ROOM,
): EvaluationShelf {
  const shelf = new Map<string, Evaluation>();
  return {
    async take(id) {
      const known = shelf.get(id);
      if (known !== undefined) {
        shelf.delete(id);
        shelf.set(id, known);
        return known;
      }
      const found = await read(id);
      if (found === null) return null;
      shelf.set(id, found);
      if (shelf.size > room) {
        const [oldest] = shelf.keys();
        if (oldest !== undefined) shelf.delete(oldest);
      }
      return found;
    },
  };
}
