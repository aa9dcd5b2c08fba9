import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { loadConfig } from '../../src/config/load-config.ts';
import { openApp } from '../../src/main.ts';
import { silentLog } from '../../src/ops/log.ts';
import { openOffice } from '../support/office.ts';

test('what cannot be let go of keeps nothing behind it from being let go of, the database least', async () => {
  const office = await openOffice();
  try {
    const { configDir, dataDir } = office.config;
    const env = { DATABASE_URL: office.url };
    const config = loadConfig({ configDir, dataDir, env, shippedTemplatesDir: 'templates' });
    const app = await openApp({ config, log: silentLog(), now: () => new Date() });
    Object.assign(app.mail, { close: () => Promise.reject(new Error('hangs on')) });
    await expect(app.close(0)).rejects.toThrow('hangs on');
    await expect(sql`select 1`.execute(app.store.db)).rejects.toThrow('driver has already been destroyed');
  } finally {
    await office.close();
  }
}, 20_000);
