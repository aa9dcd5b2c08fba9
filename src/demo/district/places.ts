import type { PostalAddress } from './model.ts';
import type { Random } from './random.ts';

const streets = [
  'Alder Street',
  'Birch Hollow Road',
  'Cottonwood Lane',
  'Dry Creek Road',
  'Elm Avenue',
  'Foothill Drive',
  'Gooseberry Way',
  'Harvest Moon Court',
  'Juniper Street',
  'Larkspur Lane',
  'Mesa View Drive',
  'Old Mill Road',
  'Prairie Avenue',
  'Quarry Road',
  'Sagebrush Way',
  'Willow Bend',
];
const towns = [
  { city: 'Cedar Valley', zip: '84999' },
  { city: 'Juniper Flats', zip: '84998' },
  { city: 'Fort Larkin', zip: '84997' },
];

/** A street address in the towns of the district, which do not exist. */
export function homeAddress(random: Random): PostalAddress {
  const town = random.pick(towns);
  const street = {
    addressLine1: `${random.integer(1, 99) * 10 + random.integer(1, 9)} ${random.pick(streets)}`,
  };
  const unit = random.chance(0.25) ? { addressLine2: `Apt ${random.integer(1, 40)}` } : {};
  return { ...street, ...unit, city: town.city, state: 'UT', zip: town.zip };
}

export function schoolAddress(random: Random, index: number): PostalAddress {
  const town = towns[index % towns.length] ?? { city: 'Cedar Valley', zip: '84999' };
  return {
    addressLine1: `${random.integer(1, 9)}00 ${random.pick(streets)}`,
    city: town.city,
    state: 'UT',
    zip: town.zip,
  };
}

/** From the hundred numbers that are set aside for fiction. */
export function phoneNumber(random: Random): string {
  return `(801) 555-01${String(random.integer(0, 99)).padStart(2, '0')}`;
}

const specialLetters: Readonly<Record<string, string>> = {
  ł: 'l',
  đ: 'd',
  ø: 'o',
  ß: 'ss',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  æ: 'ae',
};

/** The local part that people with such a name take: ASCII letters, digits, dots. */
export function mailboxName(...names: readonly string[]): string {
  return names
    .map((name) =>
      name
        .toLowerCase()
        .replace(/[łđøßðþıæ]/g, (letter) => specialLetters[letter] ?? '')
        .normalize('NFD')
        .replace(/[^a-z0-9]/g, ''),
    )
    .join('.');
}
