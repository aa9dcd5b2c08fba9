import {
  type PDFContext,
  PDFCrossRefSection,
  PDFHeader,
  type PDFObject,
  PDFRawStream,
  type PDFRef,
  PDFTrailer,
  PDFTrailerDict,
} from '@cantoo/pdf-lib';

/** Takes the next bytes of the file. */
export type Sink = (chunk: Uint8Array) => Promise<void>;

/**
 * Writes a PDF while it is being put together. What is large, the streams of pages and pictures, leaves the memory as
 * soon as its part is complete; what is small and still changes is written at the end (ISO 32000-1, 7.5).
 */
export class PdfWriter {
  readonly #context: PDFContext;
  readonly #sink: Sink;
  readonly #offsets = new Map<number, { ref: PDFRef; offset: number }>();
  #written = 0;

  constructor(context: PDFContext, sink: Sink) {
    this.#context = context;
    this.#sink = sink;
  }

  /** Streams that nobody looks at any more: their references stay good. */
  async writeStreams(): Promise<void> {
    for (const [ref, object] of this.#context.enumerateIndirectObjects()) {
      if (!(object instanceof PDFRawStream)) continue;
      await this.#writeObject(ref, object);
      this.#context.delete(ref);
    }
  }

  /** Everything that is left, and the way to find each object. @returns how many bytes the file has */
  async finish(): Promise<number> {
    for (const [ref, object] of this.#context.enumerateIndirectObjects())
      await this.#writeObject(ref, object);
    const start = this.#written;
    const table = PDFCrossRefSection.create();
    const numbers = [...this.#offsets.keys()].sort((a, b) => a - b);
    for (const number of numbers) {
      const entry = this.#offsets.get(number);
      if (entry !== undefined) table.addEntry(entry.ref, entry.offset);
    }
    const { Root, Info } = this.#context.trailerInfo;
    const trailer = this.#context.obj({ Size: this.#context.largestObjectNumber + 1, Root, Info });
    for (const end of [
      table,
      PDFTrailerDict.of(trailer),
      PDFTrailer.forLastCrossRefSectionOffset(start),
    ] as const) {
      await this.#write(Buffer.concat([bytesOf(end), Buffer.from('\n')]));
    }
    return this.#written;
  }

  async #writeObject(ref: PDFRef, object: PDFObject): Promise<void> {
    if (this.#written === 0) {
      await this.#write(Buffer.concat([bytesOf(PDFHeader.forVersion(1, 7)), Buffer.from('\n\n')]));
    }
    this.#offsets.set(ref.objectNumber, { ref, offset: this.#written });
    const head = Buffer.from(`${ref.objectNumber} ${ref.generationNumber} obj\n`);
    const foot = Buffer.from('\nendobj\n\n');
    const whole = Buffer.alloc(head.length + object.sizeInBytes() + foot.length);
    head.copy(whole);
    object.copyBytesInto(whole, head.length);
    foot.copy(whole, whole.length - foot.length);
    await this.#write(whole);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#written += bytes.length;
    await this.#sink(bytes);
  }
}

function bytesOf(part: {
  sizeInBytes(): number;
  copyBytesInto(to: Uint8Array, offset: number): number;
}): Buffer {
  const bytes = Buffer.alloc(part.sizeInBytes());
  part.copyBytesInto(bytes, 0);
  return bytes;
}
