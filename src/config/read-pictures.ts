import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Picture, type Pictures, readPicture } from '../domain/picture.ts';
import { errorCode } from '../ops/describe-error.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { DistrictFile } from './district-schema.ts';
import { refusalWords, shownPath } from './text-file.ts';

/** The logos and signatures that the configuration names. */
export interface ReadPictures {
  /** Of a school; null: of what speaks with the district's voice. */
  of(schoolSourcedId: string | null): Pictures;
  readonly problems: readonly ConfigProblem[];
}

/** A picture goes into every letter, and every letter is kept. */
const LARGEST_BYTES = 500_000;

const REFUSALS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder',
};

/** Paths are as seen from the folder of the configuration. */
export function readPictures(
  { district, schools = [] }: Partial<DistrictFile>,
  configDir: string,
  at: Place,
): ReadPictures {
  const problems: ConfigProblem[] = [];
  const read = (file: string, alt: string, key: readonly PropertyKey[]): Picture | null => {
    const path = resolve(configDir, file);
    const picture = readFile(path, alt);
    if ('refused' in picture) {
      problems.push(at(key, `found ${shownPath(path)}, which ${picture.refused}`));
      return null;
    }
    return picture;
  };
  const logoOf = (logo: { file: string; alt: string } | undefined, key: readonly PropertyKey[]) =>
    logo === undefined ? null : read(logo.file, logo.alt, [...key, 'logo', 'file']);
  const districtLogo = logoOf(district?.logo, ['district']);
  const ofSchools = new Map(
    schools.map((school, index): [string, Pictures] => {
      const key = ['schools', index];
      const { name, image } = school.signature;
      const signature =
        image === undefined ? null : read(image, `Signature of ${name}`, [...key, 'signature', 'image']);
      return [school.id, { logo: logoOf(school.logo, key) ?? districtLogo, signature }];
    }),
  );
  return {
    of: (id) => ofSchools.get(id ?? '') ?? { logo: districtLogo, signature: null },
    problems,
  };
}

function readFile(path: string, alt: string): Picture | { readonly refused: string } {
  try {
    const { size } = statSync(path);
    if (size > LARGEST_BYTES)
      return { refused: `has ${size} bytes, expected at most ${LARGEST_BYTES}: save it smaller` };
    const bytes = readFileSync(path);
    const picture = readPicture(bytes);
    if (picture.kind === 'refused') return { refused: `is ${picture.found}, expected ${picture.expected}` };
    const { width, height } = picture;
    return { bytes, width, height, alt };
  } catch (error) {
    return {
      refused: `${refusalWords(String(errorCode(error) ?? 'unreadable'), REFUSALS)}, expected a PNG or JPEG`,
    };
  }
}
