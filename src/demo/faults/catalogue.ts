import { dataFaults } from './data-faults.ts';
import { districtFaults } from './district-faults.ts';
import { edFiFaults } from './ed-fi-faults.ts';
import type { Fault, FaultList } from './fault.ts';
import { fileFaults } from './file-faults.ts';
import { pagingFaults } from './paging-faults.ts';
import { transportFaults } from './transport-faults.ts';

const catalogue = {
  ...transportFaults,
  ...pagingFaults,
  ...dataFaults,
  ...edFiFaults,
  ...fileFaults,
  ...districtFaults,
} as const satisfies FaultList;

export type FaultName = keyof typeof catalogue;

/** Every fault that the simulated district can have, by name. */
export const faultCatalogue: Readonly<Record<FaultName, Fault>> = catalogue;

export const faultNames = Object.keys(catalogue) as FaultName[];

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(catalogue, name);
}
