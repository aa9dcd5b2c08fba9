import type { Role } from '../domain/policy.ts';
import type { StaffEntry } from '../domain/task-people.ts';
import type { DistrictFile } from './district-schema.ts';

export interface StaffFromSis {
  /** By the role’s name in small letters. */
  readonly roles: Readonly<Record<string, Role>>;
  readonly emailDomains: readonly string[];
  readonly trustDays: number;
}

export function staffFromSisOf({ staffFromSis }: DistrictFile): StaffFromSis | null {
  if (staffFromSis === undefined) return null;
  const roles = Object.entries(staffFromSis.roles).map(([name, role]) => [name.toLowerCase(), role] as const);
  return { ...staffFromSis, roles: Object.fromEntries(roles) };
}

/**
 * Who is staff now: those of the configuration, and those of the SIS as they were read last. One list, which everybody
 * holds who holds the configuration; its entries change as a whole.
 */
export class StaffDirectory {
  readonly configured: readonly StaffEntry[];
  readonly everybody: StaffEntry[];
  /** What the entries of the SIS were made from; null: there are none. */
  madeFrom: string | null = null;

  constructor(configured: readonly StaffEntry[]) {
    this.configured = configured;
    this.everybody = [...configured];
  }

  take(ofSis: readonly StaffEntry[], madeFrom: string | null): void {
    this.everybody.splice(0, this.everybody.length, ...this.configured, ...ofSis);
    this.madeFrom = madeFrom;
  }
}
