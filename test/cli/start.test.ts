import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { openOffice } from '../support/office.ts';

test('a service whose pages find their port taken ends, with what is wrong', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const office = await openOffice({
    district: (text) => `${text}pages:\n  url: http://localhost:${port}\n  listen: 127.0.0.1:${port}\n`,
  });
  try {
    const { code, err } = await office.rollcall('start');
    expect(code).toBe(78);
    expect(err).toContain(`pages.listen — found 127.0.0.1:${port}, where another program listens already`);
  } finally {
    await office.close();
    other.close();
  }
}, 30_000);
