import type { Actor } from '#contracts/identity';
import type { StreamSource } from '#platform/http';
import type { Part } from '#platform/lifecycle';
import { type Desk, QUOTES_CHANNEL } from './desk.ts';
import { quotePage } from './quote-page.ts';

/** Place and time left move without the quote itself changing. */
const LOOK_EVERY_MS = 2_000;

export interface QuoteWatch extends Part {
  /** Sends the quote now and at each change, under its version as the id, until somebody unsubscribes. */
  source(actor: Actor, quoteId: string): StreamSource;
}

/** Hears from the database which quotes have changed, whichever process changed them. */
export function quoteWatch(desk: Desk): QuoteWatch {
  const watchers = new Map<string, Set<() => void>>();
  const lookAt = (id: string) => {
    for (const look of watchers.get(id) ?? []) look();
  };
  let listening: { unlisten(): Promise<void> } | undefined;

  return {
    name: 'pricing quote watch',
    async start() {
      listening = await desk.sql.listen(
        QUOTES_CHANNEL,
        (id) => {
          // The worker that changed it may be another process: this one's readers of the feed need not wait for their poll.
          desk.bus.hint();
          lookAt(id);
        },
        () => [...watchers.keys()].forEach(lookAt),
      );
    },
    async stop() {
      await listening?.unlisten();
    },
    source: (actor, quoteId) => ({
      subscribe(after, send) {
        const look = changes(desk, actor, quoteId, after, send);
        const looks = watchers.get(quoteId) ?? new Set();
        watchers.set(quoteId, looks.add(look));
        const timer = setInterval(look, LOOK_EVERY_MS);
        look();
        return () => {
          clearInterval(timer);
          looks.delete(look);
          if (looks.size === 0) watchers.delete(quoteId);
        };
      },
    }),
  };
}

type Send = Parameters<StreamSource['subscribe']>[1];

/** A function that reads the quote and sends it when it is not what was sent last. One read at a time. */
function changes(desk: Desk, actor: Actor, quoteId: string, after: string | null, send: Send): () => void {
  let sent = after;
  let sentPlace = '';
  let isReading = false;
  let again = false;

  const read = async (): Promise<void> => {
    const quote = await quotePage(desk, actor, quoteId);
    const id = String(quote.version);
    const place = JSON.stringify(quote.queue);
    if (id === sent && (place === sentPlace || quote.queue === null)) return;
    sent = id;
    sentPlace = place;
    send({ id, event: 'quote', data: quote });
  };

  const look = (): void => {
    if (isReading) {
      again = true;
      return;
    }
    isReading = true;
    read()
      .catch((err) => desk.log.warn({ err, quoteId, event: 'quote.watch' }, 'A watched quote could not be read'))
      .finally(() => {
        isReading = false;
        if (!again) return;
        again = false;
        look();
      });
  };
  return look;
}
