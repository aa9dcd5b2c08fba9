import { z } from 'zod';
import { districtSchema } from './district-schema.ts';
import { keyTable } from './key-table.ts';
import { policySchema } from './policy-schema.ts';

/** The files of the config folder that are made from the schemas, as they should be. */
export interface EditorFiles {
  readonly 'district.schema.json': string;
  readonly 'policy.schema.json': string;
  readonly 'README.md': string;
}

/** @param readme the README as it is: the tables between its marks are replaced */
export function editorFiles(readme: string): EditorFiles {
  const district = jsonSchema(districtSchema, 'district.yaml of Rollcall');
  const policy = jsonSchema(policySchema, 'policy.yaml of Rollcall');
  return {
    'district.schema.json': `${JSON.stringify(district, null, 2)}\n`,
    'policy.schema.json': `${JSON.stringify(policy, null, 2)}\n`,
    'README.md': withTable(
      withTable(readme, 'district.yaml', keyTable(district)),
      'policy.yaml',
      keyTable(policy),
    ),
  };
}

/** Draft 7 is what the YAML extensions of editors understand. */
function jsonSchema(schema: z.ZodType, title: string) {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return { $schema, title, ...rest };
}

/** @throws Error when the README lacks the marks around the table */
function withTable(readme: string, file: string, table: string): string {
  const [begin, end] = [`<!-- keys of ${file}: written by npm run schemas -->\n`, `<!-- end of ${file} -->`];
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`config/README.md lacks the marks around the keys of ${file}`);
  return `${readme.slice(0, from + begin.length)}\n${table}\n${readme.slice(to)}`;
}
