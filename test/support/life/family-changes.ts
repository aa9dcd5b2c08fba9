import { missDays, moveTo, removeRows } from '../decision-model/changes.ts';
import type { Child, Parent } from '../decision-model/world.ts';
import { type District, tell, todayOf } from './district.ts';
import type { Family } from './family.ts';

type Change = (child: Child, district: District, family: Family) => string;

const CHANGES: readonly (readonly [Change, number])[] = [
  [miss, 8],
  [correct, 5],
  [move, 1.5],
  [leave, 1],
  [moveHouse, 2],
  [change, 1],
  [nameCode, 0.4],
  [rename, 0.5],
  [unite, 0.7],
];

/** Something new of the family, which the SIS tells at its next read. */
export function changeFamily(district: District, family: Family): void {
  if (district.isCalm) return;
  const told = family.random.weighted(CHANGES)(family.child, district, family);
  family.isUnread = true;
  tell(district, family, told);
}

function miss(child: Child, district: District, { random }: Family): string {
  const days = random.integer(1, 2);
  missDays(child, days, todayOf(district));
  return `misses ${days} more`;
}

function correct(child: Child, _district: District, { random }: Family): string {
  const days = random.integer(1, 3);
  removeRows(child, days);
  return `${days} rows are removed`;
}

function move(child: Child, district: District): string {
  const place = child.place === 'here' ? 'there' : 'here';
  moveTo(child, place, todayOf(district));
  return `goes to the school ${place}`;
}

function leave(child: Child, district: District): string {
  const place = child.place === 'gone' ? 'here' : 'gone';
  moveTo(child, place, todayOf(district));
  return place === 'gone' ? 'leaves' : 'comes back';
}

function moveHouse(child: Child, _district: District, family: Family): string {
  const parent = oneOf(child, family);
  parent.address += 1;
  return `${parent.name} has another address`;
}

function change(child: Child, _district: District, family: Family): string {
  const parent = oneOf(child, family);
  parent.standing = parent.standing === 'may' ? family.random.pick(['barred', 'contradictory']) : 'may';
  return `${parent.name}: ${parent.standing}`;
}

function nameCode(child: Child): string {
  child.unmapped = !child.unmapped;
  return `has ${child.unmapped ? 'a' : 'no'} code that nobody knows`;
}

function rename(child: Child, _district: District, family: Family): string {
  const renamed = family.random.chance(0.5) ? child : oneOf(child, family);
  renamed.renamed += 1;
  return `${renamed.name} has another id`;
}

/** Two records of one person become one; who is written to on paper has one only. */
function unite(child: Child, _district: District, family: Family): string {
  const parent = oneOf(child, family);
  if (parent.channel === 'email') parent.records = family.random.pick(['one', 'both', 'both', 'second']);
  return `records of ${parent.name}: ${parent.records}`;
}

function oneOf({ parents }: Child, { random }: Family): Parent {
  return random.pick(parents);
}
