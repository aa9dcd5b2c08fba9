import type { FromBinder, ToBinder } from './bind-messages.ts';
import { type Binder, openBinder } from './binder.ts';

/** The process that binds: what comes from outside is read here, where nothing else is and little can be used up. */
let binder: Binder | null = null;

const tell = (message: FromBinder): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });

async function heed(message: ToBinder): Promise<void> {
  switch (message.kind) {
    case 'open':
      binder = await openBinder(message.about, (bytes) => tell({ kind: 'chunk', bytes }));
      return;
    case 'part':
      if (binder === null) throw new Error('nothing is open');
      await tell({ kind: 'pages', pages: await binder.add(message.part, message.bytes) });
      // What lies outside the heap, as files and pictures do, is otherwise collected when it is far too much.
      setImmediate(() => globalThis.gc?.());
      return;
    case 'finish':
      if (binder === null) throw new Error('nothing is open');
      await tell({ kind: 'done', ...(await binder.finish(message.order)) });
      process.disconnect();
  }
}

let turn = Promise.resolve();
process.on('message', (message: ToBinder) => {
  turn = turn
    .then(() => heed(message))
    .catch((error: unknown) =>
      tell({ kind: 'failed', reason: error instanceof Error ? error.name : 'unknown' }),
    );
});
process.on('disconnect', () => process.exit(0));
void tell({ kind: 'ready' });
