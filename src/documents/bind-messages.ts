/** What is bound into one file, and what is said to and by the process that does it. */

/** A part of the bound file: pages of our own making, or what somebody handed in. */
export interface PartToBind {
  readonly title: string;
  /** `own`: a tagged PDF that is copied as it is. `received`: a PDF or a picture from outside. */
  readonly source: 'own' | 'received';
  readonly mediaType: string;
  /** Bookmarks inside this part, with pages from 1 within it; not set: one for the whole part. */
  readonly sections?: readonly { readonly title: string; readonly page: number }[];
  /** Stands before the page number in the margin; null: nothing is stamped onto the pages. */
  readonly stamp: string | null;
}

export interface AboutBound {
  readonly title: string;
  readonly author: string;
  readonly language: string;
  readonly created: Date;
  /** Behind each page number, such as the case. */
  readonly running: string;
  /** On every page, where the whole file is something special, such as a copy. */
  readonly mark: string | null;
}

export type ToBinder =
  | { readonly kind: 'open'; readonly about: AboutBound }
  | { readonly kind: 'part'; readonly part: PartToBind; readonly bytes: Uint8Array }
  /** The parts in the order in which they lie, by the number in which they were given. */
  | { readonly kind: 'finish'; readonly order: readonly number[] };

export type FromBinder =
  | { readonly kind: 'ready' }
  | { readonly kind: 'pages'; readonly pages: number }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly pages: number; readonly bytes: number }
  /** Without a word of what is in it. */
  | { readonly kind: 'failed'; readonly reason: string };
