/** Reads at most once per stretch of time; all who ask meanwhile get the same answer, or the same error. */
export function keepFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly until: number; readonly value: Promise<T> } | null = null;
  return () => {
    const now = performance.now();
    if (kept === null || now >= kept.until) kept = { until: now + ms, value: read() };
    return kept.value;
  };
}
