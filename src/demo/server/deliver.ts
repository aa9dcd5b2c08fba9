import type { ServerResponse } from 'node:http';
import type { Reply } from './reply.ts';

const dripBytes = 64;
const dripEveryMs = 50;

/** Writes an answer as its `delivery` wants it. */
export function deliver(response: ServerResponse, reply: Reply, date: Date): void {
  const { body } = reply;
  const type =
    body.kind === 'text' ? body.type : body.kind === 'json' ? 'application/json; charset=utf-8' : null;
  const bytes =
    body.kind === 'json' ? jsonBytes(body.value) : Buffer.from(body.kind === 'text' ? body.text : '');
  // The server's own clock is the simulated one: clients take the cursor of a delta from it.
  response.setHeader('Date', date.toUTCString());
  if (type !== null) response.setHeader('Content-Type', type);
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  response.statusCode = reply.status;
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  switch (reply.delivery) {
    case undefined:
      response.end(bytes);
      return;
    case 'cut':
      response.end(half);
      return;
    case 'stall':
      response.write(half);
      return;
    case 'drip':
      drip(response, bytes);
  }
}

/** Rows are the same objects from call to call, so that a district is put into bytes once and not every night. */
const rowBytes = new WeakMap<object, Buffer>();
const comma = Buffer.from(',');

function jsonBytes(value: unknown): Buffer {
  const [entry, another] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entry === undefined || another !== undefined || !Array.isArray(entry[1]))
    return Buffer.from(JSON.stringify(value));
  const rows: unknown[] = entry[1];
  const parts = rows.flatMap((row, position) => (position === 0 ? [bytesOf(row)] : [comma, bytesOf(row)]));
  return Buffer.concat([Buffer.from(`{${JSON.stringify(entry[0])}:[`), ...parts, Buffer.from(']}')]);
}

function bytesOf(row: unknown): Buffer {
  if (typeof row !== 'object' || row === null) return Buffer.from(JSON.stringify(row));
  const known = rowBytes.get(row);
  if (known !== undefined) return known;
  const bytes = Buffer.from(JSON.stringify(row));
  rowBytes.set(row, bytes);
  return bytes;
}

function drip(response: ServerResponse, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent >= bytes.length) {
      clearInterval(timer);
      response.end();
      return;
    }
    response.write(bytes.subarray(sent, sent + dripBytes));
    sent += dripBytes;
  }, dripEveryMs);
  response.on('close', () => clearInterval(timer));
}
