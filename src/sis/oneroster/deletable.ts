import { z } from 'zod';
import { type DeletedRecord, isDeleted } from '../../domain/sis-records.ts';
import type { RowReader } from './read-rows.ts';
import { active, requiredId } from './wire-fields.ts';

const bareSchema = z.object({ sourcedId: requiredId(), status: active() });

/** A removed row needs its id alone: what it once said no longer matters, and servers empty it. */
export function deletable<Wire, T>(
  reader: RowReader<Wire, T>,
): RowReader<Wire | DeletedRecord, T | DeletedRecord> {
  const { schema, map, doubtsIn = () => [] } = reader;
  return {
    ...reader,
    schema: z.unknown().transform((row, context): Wire | DeletedRecord => {
      const read = schema.safeParse(row);
      if (read.success) return read.data;
      if (isRemoved(row)) return { sourcedId: bareSchema.parse(row).sourcedId, deleted: true };
      for (const issue of read.error.issues) {
        const { path, message } = issue;
        context.addIssue({
          code: 'custom',
          path,
          message,
          ...(issue.code === 'custom' && { params: issue.params }),
        });
      }
      return z.NEVER;
    }),
    map: (wire) => (isDeleted(wire) ? wire : map(wire)),
    doubtsIn: (wire) => (isDeleted(wire) ? [] : doubtsIn(wire)),
  };
}

/** Whether a row has an id and says that it was removed. */
export function isRemoved(row: unknown): boolean {
  const read = bareSchema.safeParse(row);
  return read.success && !read.data.status;
}
