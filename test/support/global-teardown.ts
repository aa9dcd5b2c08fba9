import { rm } from 'node:fs/promises';
import pg from 'pg';
import { HOME_VARIABLE } from './office-home.ts';
import { SERVER_VARIABLE, TEMPLATE_VARIABLE } from './postgres.ts';
import { removePrivateServers } from './private-server.ts';

export default async function globalTeardown(): Promise<void> {
  await dropTemplate();
  await removePrivateServers();
  await rm(process.env[HOME_VARIABLE] ?? '', { recursive: true, force: true });
}

/** On a server of somebody else, nothing of ours stays. */
async function dropTemplate(): Promise<void> {
  const client = new pg.Client(process.env[SERVER_VARIABLE]);
  await client.connect();
  await client.query(`drop database if exists ${process.env[TEMPLATE_VARIABLE]} with (force)`);
  await client.end();
}
