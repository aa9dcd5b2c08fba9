/** Answers that may be a moment old, so that many who ask at once cost one question. */
export interface Remembered<T> {
  of(key: string, ask: () => Promise<T>): Promise<T>;
  /** Something was changed: whoever asks from now on is answered anew. */
  forget(): void;
}

const MOST = 500;

/** @param ms how old an answer may be */
export function remember<T>(ms: number): Remembered<T> {
  const known = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();
  return {
    of(key, ask) {
      const now = performance.now();
      const before = known.get(key);
      if (before !== undefined && before.until > now) return before.answer;
      if (known.size >= MOST) known.clear();
      const answer = ask();
      known.set(key, { answer, until: now + ms });
      answer.catch(() => known.delete(key));
      return answer;
    },
    forget: () => known.clear(),
  };
}
