import type { District } from '../district/model.ts';
import { faultCatalogue } from './catalogue.ts';
import type { Faults } from './switchboard.ts';

/**
 * The district as the SIS knows it while faults are on. A fault begins at the instant at which it is first looked at,
 * and keeps it: what it changed does not change again with every look.
 * @returns the district at an instant in milliseconds since 1970
 */
export function underDistrictFaults(district: District, faults: Faults): (instant: number) => District {
  let known: { readonly moves: number; readonly district: District } | null = null;
  return (instant) => {
    if (known?.moves !== faults.moves()) {
      const changed = faults
        .active()
        .reduce((before, name) => faultCatalogue[name].district?.(before, instant) ?? before, district);
      known = { moves: faults.moves(), district: changed };
    }
    return known.district;
  };
}
