import { isEdFi, type Served } from '../server/exchange.ts';
import { type FaultName, faultCatalogue } from './catalogue.ts';
import type { Fault } from './fault.ts';

export interface FaultScope {
  /** Only answers of these collections. */
  readonly collections?: readonly Served[];
  /** How many answers are faulty before the server recovers; without it, all. */
  readonly times?: number;
}

/** A fault that is on, and the note that it has just acted. */
export interface ActiveFault {
  readonly fault: Fault;
  spend(): void;
}

/** The switchboard: faults are turned on and off while the district runs. */
export interface Faults {
  turnOn(name: FaultName, scope?: FaultScope): void;
  turnOff(name: FaultName): void;
  active(): FaultName[];
  /** The faults that concern a call; null stands for the token endpoint. */
  concerning(collection: Served | null): ActiveFault[];
  /** How often a switch was moved: what was worked out before the last time may be wrong. */
  moves(): number;
}

export function createFaults(names: readonly FaultName[] = []): Faults {
  const on = new Map<FaultName, { readonly scope: FaultScope; left: number }>();
  let moves = 0;
  const faults: Faults = {
    turnOn(name, scope = {}) {
      moves += 1;
      on.set(name, { scope, left: scope.times ?? Number.POSITIVE_INFINITY });
    },
    turnOff(name) {
      moves += 1;
      on.delete(name);
    },
    active: () => [...on].filter(([, { left }]) => left > 0).map(([name]) => name),
    concerning: (collection) =>
      [...on]
        .filter(([name, { scope, left }]) => left > 0 && concerns(scope, faultCatalogue[name], collection))
        .map(([name, entry]) => ({ fault: faultCatalogue[name], spend: () => entry.left-- })),
    moves: () => moves,
  };
  for (const name of names) faults.turnOn(name);
  return faults;
}

function concerns(scope: FaultScope, { on }: Fault, collection: Served | null): boolean {
  const named = scope.collections ?? on;
  if (named === undefined) return collection === null || !isEdFi(collection);
  return collection !== null && named.includes(collection);
}
