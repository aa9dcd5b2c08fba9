import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { humanLine } from '../../src/ops/human-lines.ts';
import type { LogFields } from '../../src/ops/log.ts';
import { noTrace, openTrace } from '../../src/ops/trace.ts';

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

interface Sent {
  resourceSpans: {
    scopeSpans: {
      spans: {
        name: string;
        spanId: string;
        parentSpanId?: string;
        status: { code?: number; message?: string };
        attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
      }[];
    }[];
  }[];
}

test('spans reach the receiver, one within the other, with identifiers only', async () => {
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(`${request.url} ${body}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const port = (receiver.address() as AddressInfo).port;
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${port}`;
  const trace = await openTrace(process.env, '1.2.3');
  try {
    const named = { letterId: 'L-1', guardianName: 'Ana Torres' } as LogFields;
    const failing = trace.span('job send-letter', { job: 'send-letter', attempt: 2 }, async () => {
      await trace.span('claim', named, async () => 'claimed');
      throw Object.assign(new Error('no such mailbox: ana@example.org'), { code: 'EENVELOPE' });
    });
    await expect(failing).rejects.toThrow('no such mailbox');
    await trace.close();
  } finally {
    receiver.close();
    receiver.closeAllConnections();
  }
  const [body = ''] = bodies;
  expect(body).toMatch(/^\/v1\/traces \{/);
  expect(body).not.toMatch(/ana|Torres|mailbox/i);
  const sent = JSON.parse(body.slice(body.indexOf('{'))) as Sent;
  const spans = sent.resourceSpans.flatMap((one) => one.scopeSpans).flatMap((one) => one.spans);
  const [claim, job] = spans;
  expect(spans.map(({ name }) => name)).toEqual(['claim', 'job send-letter']);
  expect(claim?.parentSpanId).toBe(job?.spanId);
  expect(claim?.attributes).toContainEqual({ key: 'rollcall.letterId', value: { stringValue: 'L-1' } });
  expect(job?.attributes).toContainEqual({ key: 'error.type', value: { stringValue: 'EENVELOPE' } });
  expect(job?.status.code).toBe(2);
});

test.each(['is away', 'says nothing'])(
  'a receiver that %s harms no work and holds up no end',
  async (how) => {
    const receiver = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    if (how === 'is away') receiver.close();
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${port}`;
    const trace = await openTrace(process.env, '1.2.3');
    try {
      for (let spans = 0; spans < 20; spans += 1)
        expect(await trace.span('claim', {}, async () => spans)).toBe(spans);
      const began = performance.now();
      await trace.close();
      expect(performance.now() - began).toBeLessThan(5_000);
    } finally {
      receiver.close();
      receiver.closeAllConnections();
    }
  },
);

test('nothing is loaded and nothing is sent where nobody asked for it', async () => {
  expect(await openTrace({}, '1.2.3')).toBe(noTrace);
  expect(await noTrace.span('claim', {}, async () => 7)).toBe(7);
});

test('a line of the log can be read at a terminal', () => {
  const line = humanLine(
    '{"level":"warn","time":"2026-10-05T12:00:00.000Z","event":"job-will-be-retried","attempt":2,"error":{"name":"Error"}}',
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  expect(line.replaceAll(/\x1b\[\d+m/g, '')).toMatch(
    /^\d\d:\d\d:\d\d warn {2}job-will-be-retried attempt=2 error=\{"name":"Error"\}\n$/,
  );
});
