import {
  createContext,
  type Dispatch,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'react';
import type { Cart, CartItem } from '#contracts/shop';
import { ApiProblem, newCommandId, type Upload, useApi, useSession } from '#ui/kit';
import { paths } from './paths.ts';
import {
  type Action,
  change,
  type DraftContent,
  EMPTY,
  partOf,
  type UploadedModel,
  type Workspace,
} from './workspace.ts';

/** As the server's limit; said before a long upload instead of after it. */
export const MOST_BYTES = 512 * 1024 * 1024;

/** Characters. A browser sends no more than 64 kB for a page that is gone. */
const MOST_KEPT_ALIVE = 16_000;

interface Desk {
  workspace: Workspace;
  dispatch: Dispatch<Action>;
  add(files: readonly File[], material: string): void;
  retry(key: string): void;
  remove(key: string): void;
  /**
   * Keeps the table at the server, one save after the other; the draft's id once it is there. `again` saves even what this
   * page has saved before, because another window may have changed it since.
   */
  save(content: DraftContent, again?: boolean): Promise<string>;
  /** Puts a draft of the server on the table. */
  recall(cart: Cart): void;
  /** The table was changed in another window: it shows the newest version now, until the buyer has read so. */
  overtaken: boolean;
  acknowledge(): void;
  /** The draft has become an order: the table is empty again. */
  clear(): void;
}

const WorkspaceContext = createContext<Desk | null>(null);

/** The parts on the table, kept while the buyer walks through the shop; uploads go on meanwhile. */
export function WorkspaceProvider({ children }: { children: ReactNode }) {
  const api = useApi();
  const session = useSession();
  const [workspace, dispatch] = useReducer(change, EMPTY);
  const [overtaken, setOvertaken] = useState(false);
  const uploads = useRef(new Map<string, Upload<UploadedModel>>());
  const draft = useRef<Draft>(newDraft());
  const latest = useRef({ workspace, session });
  latest.current = { workspace, session };

  const desk = useMemo(() => {
    const send = async (key: string, file: File | Blob, fileName: string): Promise<void> => {
      const sending = (next: Parameters<typeof change>[1] & { type: 'sending' }) => dispatch(next);
      try {
        await somebody(latest.current.session);
        const upload = api.upload<UploadedModel>(paths.upload(fileName), file, (share) =>
          sending({ type: 'sending', key, sending: { kind: 'sending', share } }),
        );
        uploads.current.set(key, upload);
        const model = await upload.promise;
        sending({ type: 'sending', key, sending: { kind: 'sent', modelId: model.id } });
      } catch (error) {
        sending({ type: 'sending', key, sending: { kind: 'failed', error } });
      } finally {
        uploads.current.delete(key);
      }
    };
    const recall = (cart: Cart): void => {
      draft.current = { id: cart.id, version: cart.version, saved: '', known: cart, last: Promise.resolve() };
      dispatch({ type: 'recalled', cart });
    };
    const put = async (content: DraftContent, again: boolean): Promise<string> => {
      const { id, version, saved, known } = draft.current;
      const text = JSON.stringify(content);
      if (text === saved && !again) return id;
      const over = (seen: number) =>
        api.call<Cart>({
          method: 'PUT',
          path: paths.cart(id),
          body: { version: seen, ...content },
          keepalive: text.length <= MOST_KEPT_ALIVE,
        });
      const cart = await over(version).catch((error) => {
        const current = changedElsewhere(error);
        // Only priced once more in another window: nobody's choice is lost.
        const isPricedOnly = [content, known].some((table) => current && table && isSameTable(current, table));
        if (current && isPricedOnly) return over(current.version);
        throw error;
      });
      draft.current = { ...draft.current, version: cart.version, saved: text, known: content };
      return id;
    };
    return {
      recall,
      acknowledge: () => setOvertaken(false),
      clear() {
        setOvertaken(false);
        draft.current = newDraft();
        dispatch({ type: 'cleared' });
      },
      save(content: DraftContent, again = false) {
        const saving = draft.current.last
          .then(() => put(content, again))
          .catch((error) => {
            const current = changedElsewhere(error);
            if (current) {
              recall(current);
              setOvertaken(true);
            }
            throw error;
          });
        draft.current.last = saving.then(
          () => {},
          () => {},
        );
        return saving;
      },
      add(files: readonly File[], material: string) {
        const parts = files.map((file) => partOf(file, material));
        dispatch({ type: 'added', parts });
        for (const [index, part] of parts.entries()) void send(part.key, files[index]!, part.fileName);
      },
      retry(key: string) {
        const part = latest.current.workspace.parts.find((one) => one.key === key);
        if (!part?.file) return;
        dispatch({ type: 'sending', key, sending: { kind: 'sending', share: 0 } });
        void send(key, part.file, part.fileName);
      },
      remove(key: string) {
        uploads.current.get(key)?.cancel();
        dispatch({ type: 'removed', key });
      },
    };
  }, [api]);

  useTakeOver(session.actor?.id ?? null, () => {
    draft.current = newDraft();
    for (const { key, file } of latest.current.workspace.parts) {
      if (file) desk.retry(key);
      else dispatch({ type: 'removed', key });
    }
  });

  const value = useMemo(() => ({ workspace, dispatch, overtaken, ...desk }), [workspace, overtaken, desk]);
  return <WorkspaceContext.Provider value={value}>{children}</WorkspaceContext.Provider>;
}

export function useWorkspace(): Desk {
  const desk = useContext(WorkspaceContext);
  if (!desk) throw new Error('useWorkspace needs WorkspaceProvider around it');
  return desk;
}

/** A guest who signs in is another person to the server: what lies on the table is uploaded anew, for the account. */
function useTakeOver(actorId: string | null, takeOver: () => void): void {
  const before = useRef(actorId);
  const latest = useRef(takeOver);
  latest.current = takeOver;
  useEffect(() => {
    const changed = before.current !== null && actorId !== null && actorId !== before.current;
    before.current = actorId;
    if (changed) latest.current();
  }, [actorId]);
}

interface Draft {
  id: string;
  /** As the server has it; 0 before the first save. */
  version: number;
  /** The content that was saved last, as text. */
  saved: string;
  /** The table as the server had it when this window last heard of it. */
  known: DraftContent | Cart | null;
  /** The save before the next one. */
  last: Promise<void>;
}

function newDraft(): Draft {
  return { id: newCommandId(), version: 0, saved: '', known: null, last: Promise.resolve() };
}

/** Whether a save was refused for that; the table says so itself. */
export function isOvertaken(error: unknown): boolean {
  return changedElsewhere(error) !== null;
}

/** The draft as another window left it, when that is why the save was refused. */
function changedElsewhere(error: unknown): Cart | null {
  const changed = error instanceof ApiProblem && error.code === 'shop.cart_changed';
  return changed ? ((error.members['current'] as Cart | undefined) ?? null) : null;
}

function isSameTable(cart: Cart, content: DraftContent): boolean {
  const choices = ({ items, currency, leadTier }: DraftContent | Cart) =>
    JSON.stringify([sorted(items), currency, leadTier]);
  return choices(cart) === choices(content);
}

/** Fields in one order, whatever order the server keeps them in. */
function sorted(items: readonly CartItem[]): [string, unknown][][] {
  return items.map((item) => Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}

let becoming: Promise<void> | null = null;

/** A model needs an owner: who is not signed in becomes a guest, once for all files of a drop. */
async function somebody(session: ReturnType<typeof useSession>): Promise<void> {
  if ((await session.token(false)) !== null) return;
  becoming ??= session.beGuest().finally(() => {
    becoming = null;
  });
  await becoming;
}
