import pg from 'pg';
import { SERVER_VARIABLE, TEMPLATE_VARIABLE } from './postgres.ts';
import { removePrivateServers } from './private-server.ts';

export default async function globalTeardown(): Promise<void> {
  await dropTemplate();
  await removePrivateServers();
}

/** On a server of somebody else, nothing of ours stays. */
async function dropTemplate(): Promise<void> {
  const client = new pg.Client(process.env[SERVER_VARIABLE]);
  await client.connect();
  await client.query(`drop database if exists ${process.env[TEMPLATE_VARIABLE]} with (force)`);
  await client.end();
}
