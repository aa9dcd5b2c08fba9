/** Counts what this process has done since its start. */
export interface Meter {
  count(name: CounterName, labels: Readonly<Record<string, string>>): void;
  /** All labels together. */
  total(name: CounterName): number;
  read(name: CounterName): readonly Counted[];
}

/** `jobs`: by `job` and `fate`. `mails`: handed to the mail server, by `outcome`. */
type CounterName = 'jobs' | 'mails';

export interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function createMeter(): Meter {
  const counters = new Map<
    string,
    Map<string, { labels: Readonly<Record<string, string>>; value: number }>
  >();
  const of = (name: CounterName) => [...(counters.get(name)?.values() ?? [])];
  return {
    count(name, labels) {
      const counter = counters.get(name) ?? new Map();
      counters.set(name, counter);
      const key = JSON.stringify(labels);
      const counted = counter.get(key) ?? { labels, value: 0 };
      counted.value += 1;
      counter.set(key, counted);
    },
    total: (name) => of(name).reduce((sum, { value }) => sum + value, 0),
    read: of,
  };
}
