import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

interface Locked {
  readonly version: string;
  readonly dev?: boolean;
  readonly license?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
/** What is installed where Rollcall runs. */
const running = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** With these a district may run, change and pass on Rollcall. Another one is for a person to read first. */
const ALLOWED = [
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  // Used as it is, and by its own files; what is changed in them would have to be published.
  'MPL-2.0',
  'LGPL-3.0-or-later',
  // Fonts, which may be put into documents.
  'OFL-1.1',
];

/** Their manifests name no license; the files beside them do. */
const READ_BY_A_PERSON: Readonly<Record<string, string>> = {
  'png-js': 'MIT',
  '@msgpackr-extract/msgpackr-extract-darwin-arm64': 'MIT',
  '@msgpackr-extract/msgpackr-extract-darwin-x64': 'MIT',
  '@msgpackr-extract/msgpackr-extract-linux-arm': 'MIT',
  '@msgpackr-extract/msgpackr-extract-win32-x64': 'MIT',
};

test('every package that runs has a license that is allowed', () => {
  const others = running
    .map(([path, { license }]) => ({
      name: nameOf(path),
      license: license ?? READ_BY_A_PERSON[nameOf(path)] ?? 'none',
    }))
    .filter(({ license }) => !isAllowed(license));
  expect(others).toEqual([]);
});

test.each([
  ['MIT', true],
  ['MIT AND OFL-1.1', true],
  ['(MIT OR EUPL-1.1+)', true],
  ['GPL-3.0-or-later', false],
  ['MIT AND AGPL-3.0-only', false],
  ['SEE LICENSE IN LICENSE.txt', false],
  ['none', false],
])('%s is allowed: %s', (license, allowed) => {
  expect(isAllowed(license)).toBe(allowed);
});

test('every package is locked to one version and to its bytes', () => {
  const loose = running.filter(([, { version, integrity }]) => !/^\d+\.\d+\.\d+/.test(version) || !integrity);
  // The lock file has no bytes of those for other systems, which are left out here and are a mere help there.
  expect(
    loose.map(([path]) => nameOf(path)).filter((name) => !name.startsWith('@msgpackr-extract/')),
  ).toEqual([]);
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
});

test('npm run sbom lists every part with its version, and marks what is for development only, without a network', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom', '--', '--offline'], {
    maxBuffer: 20_000_000,
  });
  const parts = JSON.parse(stdout) as {
    bomFormat: string;
    metadata: { component: { purl: string; type: string } };
    components: { purl: string; properties: { name: string }[] }[];
  };
  expect(parts).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { purl: expect.stringContaining('pkg:npm/rollcall@'), type: 'application' } },
  });
  const listed = parts.components
    .filter(({ properties }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'))
    .map(({ purl }) => decodeURIComponent(purl));
  const purl = (path: string, version: string) => `pkg:npm/${nameOf(path)}@${version}`;
  // Packages for other systems are optional, and not installed on this one.
  const must = running.filter(([, { optional }]) => optional !== true);
  expect(
    must.map(([path, { version }]) => purl(path, version)).filter((one) => !listed.includes(one)),
  ).toEqual([]);
  const may = running.map(([path, { version }]) => purl(path, version));
  expect(listed.filter((one) => !may.includes(one))).toEqual([]);
}, 60_000);

/** An expression of SPDX, without parentheses inside parentheses. */
function isAllowed(expression: string): boolean {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' AND ')
    .every((part) => part.split(' OR ').some((license) => ALLOWED.includes(license)));
}
