import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';

export interface Prompt {
  /** @returns the line that was answered, or null when there are no more */
  ask(words: string, how?: { readonly hidden?: boolean }): Promise<string | null>;
  say(words: string): void;
  close(): void;
}

type Terminal = Readable & { readonly isTTY?: boolean };

/** Asks line by line: a person at a terminal, or a file of answers that is read instead. */
export function openPrompt(input: Terminal, output: Writable): Prompt {
  const terminal = input.isTTY === true;
  let hidden = false;
  const seen = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) output.write(chunk);
      done();
    },
  });
  const reader = createInterface({ input, output: seen, terminal });
  // Ctrl-C while a question stands ends the command as it would end any other.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const lines = reader[Symbol.asyncIterator]();
  return {
    async ask(words, how = {}) {
      if (terminal) {
        // Known to the reader, which draws the line anew while somebody corrects it.
        reader.setPrompt(words);
        reader.prompt();
      } else output.write(words);
      hidden = how.hidden === true;
      const { value, done } = await lines.next();
      if (hidden || !terminal) output.write('\n');
      hidden = false;
      return done === true ? null : value.trim();
    },
    say: (words) => void output.write(`${words}\n`),
    close: () => reader.close(),
  };
}
