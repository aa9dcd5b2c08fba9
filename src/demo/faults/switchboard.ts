import type { CollectionName } from './collections.ts';
import type { Fault, FaultList } from './fault.ts';
import { dataFaults } from './faults/data-faults.ts';
import { pagingFaults } from './faults/paging-faults.ts';
import { transportFaults } from './faults/transport-faults.ts';

/** Every fault that the simulated SIS can have, by name. */
export const faultCatalogue = {
  ...transportFaults,
  ...pagingFaults,
  ...dataFaults,
} as const satisfies FaultList;

export type FaultName = keyof typeof faultCatalogue;

export interface FaultScope {
  /** Only answers of these collections. */
  readonly collections?: readonly CollectionName[];
  /** How many answers are faulty before the server recovers; without it, all. */
  readonly times?: number;
}

/** A fault that is on, and the note that it has just acted. */
export interface ActiveFault {
  readonly fault: Fault;
  spend(): void;
}

/** The switchboard: faults are turned on and off while the server runs. */
export interface Faults {
  turnOn(name: FaultName, scope?: FaultScope): void;
  turnOff(name: FaultName): void;
  active(): FaultName[];
  /** The faults that concern a call; null stands for the token endpoint. */
  concerning(collection: CollectionName | null): ActiveFault[];
}

export function createFaults(names: readonly FaultName[] = []): Faults {
  const on = new Map<FaultName, { readonly scope: FaultScope; left: number }>();
  const faults: Faults = {
    turnOn: (name, scope = {}) => on.set(name, { scope, left: scope.times ?? Number.POSITIVE_INFINITY }),
    turnOff: (name) => on.delete(name),
    active: () => [...on].filter(([, { left }]) => left > 0).map(([name]) => name),
    concerning: (collection) =>
      [...on]
        .filter(([, { scope, left }]) => left > 0 && concerns(scope, collection))
        .map(([name, entry]) => ({ fault: faultCatalogue[name], spend: () => entry.left-- })),
  };
  for (const name of names) faults.turnOn(name);
  return faults;
}

function concerns(scope: FaultScope, collection: CollectionName | null): boolean {
  return scope.collections === undefined || (collection !== null && scope.collections.includes(collection));
}
