import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Config } from '../config/config-types.ts';
import type { AuditAction, AuditDetail } from '../domain/audit.ts';
import type { Log } from '../ops/log.ts';
import type { Correspondence } from '../procedure/correspondence.ts';
import type { Letterbox } from '../procedure/letterbox.ts';
import type { Person } from '../procedure/people.ts';
import type { Moment, Procedure } from '../procedure/procedure.ts';
import type { Db, Tx } from '../store/database.ts';
import type { Html } from './html.ts';

/** What the pages work with. */
export interface PageDeps {
  readonly db: Db;
  readonly config: Config;
  readonly log: Log;
  readonly letterbox: Letterbox;
  readonly correspondence: Correspondence;
  readonly moment: () => Moment;
  /** null: nothing can be decided yet, before the first sync or before the first policy holds. */
  readonly procedure: () => Promise<Procedure | null>;
  /** Has a mail that lies in line handed over at once, instead of with the next look at what is due. */
  readonly mailSoon: (staffMailId: string) => Promise<void>;
}

/** What somebody looked at, changed or disclosed. */
export interface AuditedAct {
  readonly action: AuditAction;
  readonly studentId?: number | null;
  /** Reference of what it was done to. */
  readonly subject?: string | null;
  readonly detail?: AuditDetail;
}

/** What somebody asked for in vain. */
export interface RefusedAbout {
  readonly subject: string;
  readonly studentId: number | null;
}

/** One request of a person who has signed in. */
export interface PageRequest {
  readonly person: Person;
  readonly params: Readonly<Record<string, string>>;
  /** Of a name that is given several times, the first. */
  readonly query: Readonly<Record<string, string>>;
  readonly path: string;
  /** Network address. */
  readonly from: string;
  /** What is read with: in the handler of a form its transaction, else the pool. */
  readonly db: Db;
  readonly moment: Moment;
  readonly procedure: Procedure | null;
  /** Stands in every form: `form` puts it there. */
  readonly csrf: string;
  /** Puts a change on record, in its transaction. */
  audit(tx: Db, act: AuditedAct): Promise<void>;
  /** Puts a look on record, together with those of other requests. The answer waits until it is there. */
  viewed(act: AuditedAct): Promise<void>;
  /** There is what was asked for, and it is not this person's business: the attempt goes on record, whatever the answer. */
  refuse(about: RefusedAbout): void;
}

/** What is wrong with one field of a form, in words. */
export interface FormProblem {
  /** Its name in the form; empty: the form as a whole. */
  readonly field: string;
  readonly text: string;
}

export interface Page {
  readonly kind: 'page';
  readonly title: string;
  readonly body: Html;
  /** Path of the entry of the navigation that it belongs to. */
  readonly within?: string;
}

export interface FileAnswer {
  readonly kind: 'file';
  /** Carries no name of a person. */
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Shown in the browser rather than saved. */
  readonly inline?: boolean;
}

export type PageAnswer =
  | Page
  | FileAnswer
  /** @param notice one sentence without a name, shown on top of the next page */
  | { readonly kind: 'redirect'; readonly to: string; readonly notice?: string }
  /** Also what others may see: nobody learns whether it is there. */
  | { readonly kind: 'not-found' }
  | { readonly kind: 'forbidden' }
  /** The form as it was sent, with what is wrong. Nothing of the request is kept. */
  | { readonly kind: 'invalid'; readonly problems: readonly FormProblem[]; readonly page: Page };

/** What was typed, to be shown again: by name, a list where a name stands several times. */
export type FormValues = Readonly<Record<string, string | readonly string[]>>;

export interface PostOptions {
  /** The page once more, for fields that the schema refuses. Not given: a page that names them. */
  readonly again?: (
    request: PageRequest,
    problems: readonly FormProblem[],
    values: FormValues,
  ) => Promise<PageAnswer>;
}

export interface UploadParts<Form, Taken> {
  /** Name of the file in the form. */
  readonly field: string;
  readonly maxBytes: number;
  /** Whether the person may do it at all, before a byte of the file is read. @returns null: yes */
  allow(form: Form, request: PageRequest): Promise<PageAnswer | null>;
  take(
    file: { readonly stream: Readable; readonly fileName: string },
    form: Form,
    request: PageRequest,
  ): Promise<Taken>;
  handle(taken: Taken, form: Form, request: PageRequest, tx: Tx): Promise<PageAnswer>;
}

export interface NavigationEntry {
  readonly path: string;
  readonly label: string;
  readonly shows: (person: Person) => boolean;
}

/** Where the parts register their pages. A person has signed in wherever a handler of theirs is called. */
export interface Site {
  readonly deps: PageDeps;
  /** @param path with parameters as in `/files/:file`. A GET changes nothing but the record of who looked. */
  get(path: string, handler: (request: PageRequest) => Promise<PageAnswer>): void;
  /**
   * A form. Session, origin, CSRF token, size and the fields are checked; the handler runs in one transaction, which
   * also takes the form's key: sent twice, it is done once and answered twice. Only `redirect` and `file` are kept;
   * whatever else the handler answers with, its transaction is undone.
   */
  post<Schema extends z.ZodObject>(
    path: string,
    schema: Schema,
    handler: (form: z.output<Schema>, request: PageRequest, tx: Tx) => Promise<PageAnswer>,
    options?: PostOptions,
  ): void;
  /** A form that only asks: checked as any other, and nothing is kept of it. What was typed stands in no address. */
  ask<Schema extends z.ZodObject>(
    path: string,
    schema: Schema,
    handler: (form: z.output<Schema>, request: PageRequest) => Promise<PageAnswer>,
  ): void;
  /**
   * A form with a file at its end. What is checked for any form is checked before a byte of the file is read; `take` then
   * looks at the file, outside of any transaction, and `handle` files what came of it, as the handler of a form does.
   */
  upload<Schema extends z.ZodObject, Taken>(
    path: string,
    schema: Schema,
    parts: UploadParts<z.output<Schema>, Taken>,
    options?: PostOptions,
  ): void;
  /** Called whenever a form was done, once its transaction has committed: for what is remembered. */
  afterForm(listener: () => void): void;
  /** Entries in the order of `allPages`. */
  navigation(entry: NavigationEntry): void;
}
