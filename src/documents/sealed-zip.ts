/**
 * A ZIP file that opens with a password only: AES-256, as 7-Zip and WinZip read it. The names of the files inside can be
 * read without it. Two of the same files differ, since each has a salt of its own.
 */
export async function sealedZip(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  password: string,
  modified: Date,
): Promise<Buffer> {
  const { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await import('@zip.js/zip.js');
  // No thread of its own: a packet is packed now and then.
  configure({ useWebWorkers: false });
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    password,
    encryptionStrength: 3,
    lastModDate: modified,
  });
  for (const { name, bytes } of files) await zip.add(name, new Uint8ArrayReader(bytes));
  return Buffer.from(await zip.close());
}
