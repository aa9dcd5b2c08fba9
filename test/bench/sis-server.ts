import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BenchDistrict, type CollectionName, changedRow, rowText, sizeOf } from './sis-rows.ts';

/** A SIS in a process of its own, which does nothing but write rows: what is measured is not its work. */
const district = JSON.parse(process.argv[2] ?? '') as BenchDistrict;
let later = false;

const envelopes: Readonly<Record<CollectionName, string>> = {
  schools: 'orgs',
  academicSessions: 'academicSessions',
  students: 'users',
  guardians: 'users',
  demographics: 'demographics',
  attendances: 'attendances',
  attendanceCodes: 'attendanceCodes',
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const name = url.pathname.slice(1) as CollectionName | 'token';
  response.setHeader('Content-Type', 'application/json');
  if (name === 'token') {
    response.end('{"access_token":"bench","token_type":"bearer","expires_in":36000}');
    return;
  }
  const offset = Number(url.searchParams.get('offset'));
  const limit = Number(url.searchParams.get('limit'));
  const changes = url.searchParams.get('filter')?.startsWith('dateLastModified') === true;
  const total = changes ? (name === 'attendances' ? district.changed : 0) : sizeOf(name, district);
  response.setHeader('X-Total-Count', String(total));
  const rows: string[] = [];
  for (let place = offset; place < Math.min(total, offset + limit); place += 1) {
    rows.push(rowText(name, changes ? changedRow(place, district) : place, district, later));
  }
  response.end(`{"${envelopes[name]}":[${rows.join(',')}]}`);
});

process.on('message', (message) => {
  later = message === 'later';
  process.send?.('done');
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
