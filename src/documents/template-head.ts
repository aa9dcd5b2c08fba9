import { isMap, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

export interface PlacedProblem {
  readonly line: number;
  readonly message: string;
}

/** Reads YAML against a schema. @returns the value, or what is wrong with the line it stands in */
export function readYaml<T>(
  text: string,
  schema: z.ZodType<T>,
  firstLine: number,
): { value: T } | { problems: PlacedProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number) => firstLine - 1 + lines.linePos(offset).line;
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [message = 'is no YAML'] = broken.message.split(' at line ');
    return { problems: [{ line: lineAt(broken.pos[0]), message }] };
  }
  const result = schema.safeParse(document.toJS() ?? {}, { reportInput: false });
  if (result.success) return { value: result.data };
  const problems = result.error.issues.map((issue) => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    return {
      line: lineAt(offsetOf(document.contents, path)),
      message: `${path.join('.')}: ${issue.message}`,
    };
  });
  return { problems };
}

/** Where the key of the path stands; of a missing key, where the map begins that lacks it. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number {
  let offset = 0;
  let node = contents;
  for (const key of path) {
    if (!isMap(node)) return offset;
    const pair = node.items.find((item) => String(item.key) === String(key));
    if (pair === undefined) return offset;
    const { key: place } = pair;
    if (typeof place === 'object' && place !== null && 'range' in place && Array.isArray(place.range)) {
      offset = Number(place.range[0]);
    }
    node = pair.value;
  }
  return offset;
}
