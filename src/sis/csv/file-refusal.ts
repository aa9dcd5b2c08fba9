/** A file that cannot be used as it is. The message says why in plain words, without any cell's content. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal';
}
