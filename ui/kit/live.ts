import { useEffect, useRef, useSyncExternalStore } from 'react';
import { ApiProblem } from './api.ts';
import { eventsOf } from './event-stream.ts';
import { useApi } from './session.tsx';

/** live: heard from within `STALE_AFTER_MS`. The heartbeat comes every 10 s. */
export type LiveKind = 'off' | 'connecting' | 'live' | 'stale';
export interface LiveState {
  kind: LiveKind;
  /** Milliseconds; 0 before the first byte. */
  heardAt: number;
}

export interface LiveEvent {
  event: string;
  data: unknown;
}

export interface LiveOptions {
  /** Path of the event stream; null listens to nothing. */
  path: string | null;
  /** `changes` with `{ gen, changes: [{ id, version }] }` from a live list; whatever else a stream sends. */
  onEvent(event: LiveEvent): void;
  /** Something may have been missed, or the stream has just opened: fetch the list again. */
  onGap(): void;
}

const STALE_AFTER_MS = 25_000;
const RETRY_MS = [500, 1_000, 2_000, 5_000];

let shown: LiveState = { kind: 'off', heardAt: 0 };
const watchers = new Set<() => void>();

function show(next: LiveState): void {
  if (next.kind === shown.kind && next.heardAt === shown.heardAt) return;
  shown = next;
  for (const watcher of watchers) watcher();
}

/** How the screen's stream stands: the shell shows it, a Claim button is disabled when it is stale. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => shown,
  );
}

/**
 * Follows one event stream while the component is on screen: remembers the last id, connects again by itself, asks for
 * a refetch after a gap. One stream a screen.
 */
export function useLive(options: LiveOptions): LiveState {
  const api = useApi();
  const latest = useRef(options);
  latest.current = options;
  const { path } = options;
  useEffect(() => {
    if (path === null) return;
    const stopped = new AbortController();
    let lastId: string | null = null;
    /** Nothing has been fetched since the stream opened. */
    let isNew = true;
    /** The server itself cannot tell whether the list is current. */
    let oldAtServer = false;

    /** `ready`, `reset` and `stale` are the live lists' own (platform/live); the rest is the face's. */
    const deliver = (id: string | null, event: string, data: string) => {
      if (id !== null) lastId = id;
      if (event === 'stale') oldAtServer = true;
      else if (event === 'reset' || event === 'ready') {
        if (event === 'reset' || isNew) latest.current.onGap();
        isNew = false;
        oldAtServer = false;
      } else latest.current.onEvent({ event, data: data === '' ? null : JSON.parse(data) });
      show({ kind: oldAtServer ? 'stale' : 'live', heardAt: shown.heardAt });
    };

    const listen = async (): Promise<void> => {
      const connection = new AbortController();
      const abort = () => connection.abort();
      stopped.signal.addEventListener('abort', abort);
      let silence = setTimeout(abort, STALE_AFTER_MS);
      try {
        const headers = { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) };
        const response = await api.stream(path, headers, connection.signal);
        isNew ||= lastId === null;
        show({ kind: 'live', heardAt: Date.now() });
        const heard = () => {
          clearTimeout(silence);
          silence = setTimeout(abort, STALE_AFTER_MS);
          show({ kind: oldAtServer ? 'stale' : 'live', heardAt: Date.now() });
        };
        for await (const { id, event, data } of eventsOf(response, heard)) deliver(id, event, data);
      } finally {
        clearTimeout(silence);
        stopped.signal.removeEventListener('abort', abort);
      }
    };

    const keepListening = async (): Promise<void> => {
      for (let failures = 0; !stopped.signal.aborted; ) {
        const before = Date.now();
        const refused = await listen().then(
          () => false,
          (error) => error instanceof ApiProblem && (error.status === 403 || error.status === 404),
        );
        if (stopped.signal.aborted) return;
        show({ kind: shown.heardAt === 0 ? 'connecting' : 'stale', heardAt: shown.heardAt });
        if (refused) return;
        failures = Date.now() - before > STALE_AFTER_MS ? 0 : failures + 1;
        const wait = RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? RETRY_MS[0]!;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    };

    show({ kind: 'connecting', heardAt: 0 });
    void keepListening();
    return () => {
      stopped.abort();
      show({ kind: 'off', heardAt: 0 });
    };
  }, [api, path]);
  return useLiveState();
}
