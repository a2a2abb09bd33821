import type { Actor } from '#contracts/identity';
import type { Quote } from '#contracts/pricing';
import type { StreamSource } from '#platform/http';
import type { Part } from '#platform/lifecycle';
import { type Desk, PROGRESS_CHANNEL, QUOTES_CHANNEL, runKey } from './desk.ts';
import { isPending } from './quote.ts';
import { quotePage } from './quote-page.ts';

/** Place and time left move without the quote itself changing. */
const LOOK_EVERY_MS = 2_000;

export interface QuoteWatch extends Part {
  /** Sends the quote now and at each change, under its version as the id, until somebody unsubscribes. */
  source(actor: Actor, quoteId: string): StreamSource;
}

/** Hears from the database which quotes have changed, whichever process changed them. */
export function quoteWatch(desk: Desk): QuoteWatch {
  /** Looks, by the quote's id and, while it is calculated, by the runs that it waits for. */
  const watchers = new Map<string, Set<() => void>>();
  const lookAt = (key: string) => {
    for (const look of watchers.get(key) ?? []) look();
  };
  const add = (key: string, look: () => void) => {
    watchers.set(key, (watchers.get(key) ?? new Set()).add(look));
  };
  const remove = (key: string, look: () => void) => {
    const looks = watchers.get(key);
    looks?.delete(look);
    if (looks?.size === 0) watchers.delete(key);
  };
  const listening: { unlisten(): Promise<void> }[] = [];

  return {
    name: 'pricing quote watch',
    async start() {
      const quotes = await desk.sql.listen(
        QUOTES_CHANNEL,
        (id) => {
          // The worker that changed it may be another process: this one's readers of the feed need not wait for their poll.
          desk.bus.hint();
          lookAt(id);
        },
        () => [...watchers.keys()].forEach(lookAt),
      );
      listening.push(quotes, await desk.sql.listen(PROGRESS_CHANNEL, lookAt));
    },
    async stop() {
      for (const one of listening) await one.unlisten();
    },
    source: (actor, quoteId) => ({
      subscribe(after, send) {
        let runs: readonly string[] = [];
        let isOver = false;
        const follow = (quote: Quote) => {
          for (const key of runs) remove(key, look);
          runs = isOver ? [] : runsOf(quote);
          for (const key of runs) add(key, look);
        };
        const look = changes(desk, { actor, quoteId, after }, follow, send);
        add(quoteId, look);
        const timer = setInterval(look, LOOK_EVERY_MS);
        look();
        return () => {
          isOver = true;
          clearInterval(timer);
          for (const key of [quoteId, ...runs]) remove(key, look);
        };
      },
    }),
  };
}

type Send = Parameters<StreamSource['subscribe']>[1];

function runsOf({ tenant, items }: Quote): string[] {
  const waiting = items.filter(isPending).map(({ specification: { sha256 } }) => runKey({ tenant, sha256 }));
  return [...new Set(waiting)];
}

/** What moves while the quote itself does not change. */
function placeOf({ queue, items }: Quote): string {
  return JSON.stringify([queue, items.map(({ progress }) => progress ?? null)]);
}

/** A function that reads the quote and sends it when it is not what was sent last. One read at a time. */
function changes(
  desk: Desk,
  { actor, quoteId, after }: { actor: Actor; quoteId: string; after: string | null },
  follow: (quote: Quote) => void,
  send: Send,
): () => void {
  let sent = after;
  let sentPlace = '';
  let isReading = false;
  let again = false;

  const read = async (): Promise<void> => {
    const quote = await quotePage(desk, actor, quoteId);
    follow(quote);
    const id = String(quote.version);
    const place = placeOf(quote);
    if (id === sent && (place === sentPlace || !isPending(quote))) return;
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
