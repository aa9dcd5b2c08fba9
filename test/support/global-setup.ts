import pg from 'pg';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { HOME_VARIABLE, writeSharedHome } from './office-home.ts';
import { databaseUrl, SERVER_VARIABLE, TEMPLATE_VARIABLE } from './postgres.ts';
import { startPrivateServer } from './private-server.ts';

/** One PostgreSQL for the whole run, with a migrated template database that the tests copy. */
export default async function globalSetup(): Promise<void> {
  const server = process.env.ROLLCALL_TEST_SERVER_URL ?? (await startPrivateServer());
  const template = `rollcall_template_${process.pid}`;
  const client = new pg.Client(server);
  await client.connect();
  await client.query(`drop database if exists ${template} with (force)`);
  await client.query(`create database ${template} template template0`);
  await client.end();
  await migrateToLatest(databaseUrl(server, template));
  process.env[HOME_VARIABLE] = await writeSharedHome();
  process.env[SERVER_VARIABLE] = server;
  process.env[TEMPLATE_VARIABLE] = template;
}
