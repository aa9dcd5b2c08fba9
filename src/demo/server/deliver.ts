import type { ServerResponse } from 'node:http';
import type { Reply } from './reply.ts';

const dripBytes = 64;
const dripEveryMs = 50;

/** Writes an answer as its `delivery` wants it. */
export function deliver(response: ServerResponse, reply: Reply, date: Date): void {
  const { body } = reply;
  const text = body.kind === 'json' ? JSON.stringify(body.value) : body.kind === 'text' ? body.text : '';
  const type =
    body.kind === 'text' ? body.type : body.kind === 'json' ? 'application/json; charset=utf-8' : null;
  const bytes = Buffer.from(text);
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
