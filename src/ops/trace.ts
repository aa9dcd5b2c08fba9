import { setTimeout as wait } from 'node:timers/promises';
import { describeError } from './describe-error.ts';
import { type LogFields, onlyAllowed } from './log.ts';

/** Says how long a piece of work took, and within which other one. */
export interface Trace {
  /** `fields` go through the allow-list of the log. */
  span<T>(name: string, fields: LogFields, work: () => Promise<T>): Promise<T>;
  /** Hands over what is left. */
  close(): Promise<void>;
}

/** Nobody asked for it. */
export const noTrace: Trace = { span: (_name, _fields, work) => work(), close: async () => {} };

/**
 * By OpenTelemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` (or its variant for traces) names a receiver; its packages are
 * loaded only then. The other variables of OpenTelemetry hold, too.
 */
export async function openTrace(env: NodeJS.ProcessEnv, version: string): Promise<Trace> {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT && !env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return noTrace;
  const [{ SpanStatusCode, trace }, { BatchSpanProcessor, NodeTracerProvider }, exporter, resources] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  // Its own ten seconds would hold up the end of the process.
  const isSet = env.OTEL_EXPORTER_OTLP_TIMEOUT || env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT;
  const patience = isSet ? {} : { timeoutMillis: HAND_OVER_MS };
  const provider = new NodeTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': env.OTEL_SERVICE_NAME || 'rollcall',
      'service.version': version,
    }),
    spanProcessors: [new BatchSpanProcessor(new exporter.OTLPTraceExporter(patience))],
  });
  provider.register();
  const tracer = trace.getTracer('rollcall', version);
  return {
    span: (name, fields, work) =>
      tracer.startActiveSpan(name, { attributes: attributesOf(fields) }, async (span) => {
        try {
          return await work();
        } catch (error) {
          // Never the error itself: its message quotes data.
          const { name: kind, code } = describeError(error);
          span.setAttributes({ 'error.type': String(code ?? kind) });
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      }),
    async close() {
      const handedOver = provider.shutdown().catch(() => undefined);
      await Promise.race([handedOver, wait(HAND_OVER_MS, undefined, { ref: false })]);
      trace.disable();
    },
  };
}

/** A receiver that says nothing holds up no end. */
const HAND_OVER_MS = 2_000;

function attributesOf(fields: LogFields): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(onlyAllowed(fields)).map(([key, value]) => [
      `rollcall.${key}`,
      typeof value === 'number' ? value : String(value),
    ]),
  );
}
