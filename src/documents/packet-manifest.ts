import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const page = z.int().min(1);

const part = z.strictObject({
  kind: z
    .enum(['pages', 'letter', 'document', 'evidence'])
    .describe(
      '`pages`: written for this packet. `letter`: as it was sent. `document`: as it was handed in. `evidence`: made by Rollcall when a contract was violated.',
    ),
  title: z.string(),
  reference: z.string().nullable().describe('Of the letter or the document, as on its pages.'),
  date: date.nullable().describe('The day on which the letter left, or that the document is about.'),
  firstPage: page,
  lastPage: page,
  mediaType: z.string(),
  sha256: sha256.describe('Of the bytes that the school keeps, before they were bound.'),
  bound: z
    .enum(['as-it-is', 'encrypted', 'unreadable', 'took-too-long', 'too-large'])
    .describe('Otherwise than `as-it-is`: why a page that says so stands in its place.'),
  sections: z
    .array(z.strictObject({ title: z.string(), page }))
    .optional()
    .describe('What stands on our own pages, and where.'),
});

/** What lies beside a packet: what is in it, with which hashes, so that it can be checked by a program. */
export const manifestSchema = z.strictObject({
  format: z.literal('rollcall-packet-manifest'),
  version: z.literal(1),
  case: z.string().nullable().describe('The case number; null where the student was not referred.'),
  kind: z
    .enum(['original', 'copy', 'correction', 'not-sent'])
    .describe('What it is. All packets of one case have the same number.'),
  number: z.int().min(1).describe('Counts the packets of a case: the original is 1.'),
  made: date,
  schoolYear: z.string(),
  policyVersion: z.string().describe('The policy by which it was decided.'),
  packet: z.strictObject({
    fileName: z.string(),
    mediaType: z.literal('application/pdf'),
    bytes: z.int(),
    pages: page,
    sha256,
  }),
  parts: z.array(part).describe('In the order in which they lie; together they are every page.'),
});

export type PacketManifest = z.output<typeof manifestSchema>;
export type ManifestPart = PacketManifest['parts'][number];

/** The same for programs of others: `config/packet-manifest.schema.json`. */
export function manifestSchemaFile(): string {
  const { $schema, ...rest } = z.toJSONSchema(manifestSchema, { target: 'draft-7' });
  const schema = { $schema, title: 'Manifest of a packet of Rollcall', ...rest };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** As it is written into a file. */
export function manifestBytes(manifest: PacketManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8');
}
