import type { SimulatedSis } from '../../src/demo/server/simulated-sis.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look at answers as they came
type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

/** The barest client: one GET with a token, nothing repaired. */
export async function connectTo(sis: SimulatedSis, scope?: string) {
  const token = await newToken(sis, scope);
  return async (path: string, parameters: Record<string, string> = {}): Promise<Answer> => {
    const base = path.startsWith('attendance')
      ? sis.attendanceBaseUrl
      : path.startsWith('edfi/')
        ? sis.edFi.baseUrl.replace(/\/edfi\/.*$/, '')
        : sis.baseUrl;
    const search = new URLSearchParams(parameters);
    return read(await fetch(`${base}/${path}?${search}`, { headers: { Authorization: `Bearer ${token}` } }));
  };
}

export async function newToken(sis: SimulatedSis, scope?: string): Promise<string> {
  const answer = await requestToken(sis, {
    grant_type: 'client_credentials',
    client_id: sis.clientId,
    client_secret: sis.clientSecret,
    ...(scope === undefined ? {} : { scope }),
  });
  return answer.json.access_token;
}

export async function requestToken(
  sis: SimulatedSis,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return read(await fetch(sis.tokenUrl, { method: 'POST', headers, body: new URLSearchParams(form) }));
}

async function read(answer: Response): Promise<Answer> {
  const text = await answer.text();
  let json: Json = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Some answers are meant to be no JSON.
  }
  return { status: answer.status, headers: answer.headers, text, json };
}
