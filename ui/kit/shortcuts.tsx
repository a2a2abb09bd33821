import {
  createContext,
  type KeyboardEvent,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { chordFollower, chordLabel } from './key-chords.ts';
import { useKitText } from './messages.ts';

export interface Shortcut {
  id: string;
  /** Chords by `event.code`: `KeyJ`, `Ctrl+Enter`, `KeyG KeyO`. Left out: only in the palette. */
  keys?: string;
  /** What it does, as the palette and the `?` sheet say it. */
  title: string;
  group?: string;
  run(): void;
}

interface Registry {
  add(list: readonly Shortcut[]): () => void;
  all(): Shortcut[];
  openPalette(): void;
  openSheet(): void;
}

const ShortcutContext = createContext<Registry | null>(null);

/** Holds every shortcut of the screen; owns Ctrl-K (palette) and `?` (sheet). */
export function ShortcutProvider({ children }: { children: ReactNode }) {
  const t = useKitText();
  const lists = useRef(new Set<readonly Shortcut[]>());
  const [open, setOpen] = useState<'palette' | 'sheet' | null>(null);
  const registry = useMemo<Registry>(
    () => ({
      add(list) {
        lists.current.add(list);
        return () => lists.current.delete(list);
      },
      all: () => [...lists.current].flat(),
      openPalette: () => setOpen('palette'),
      openSheet: () => setOpen('sheet'),
    }),
    [],
  );
  useEffect(() => {
    const follow = chordFollower();
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || (isBusy(event.target) && !(event.ctrlKey || event.metaKey)))
        return;
      const byKeys = new Map(registry.all().flatMap((shortcut) => (shortcut.keys ? [[shortcut.keys, shortcut]] : [])));
      const hit = byKeys.get(follow(event, new Set(byKeys.keys()), event.timeStamp) ?? '');
      if (!hit) return;
      event.preventDefault();
      hit.run();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [registry]);
  useEffect(
    () =>
      registry.add([
        {
          id: 'kit.palette',
          keys: 'Ctrl+KeyK',
          title: t('shortcuts.palette'),
          group: t('shortcuts.general'),
          run: registry.openPalette,
        },
        {
          id: 'kit.sheet',
          keys: 'Shift+Slash',
          title: t('shortcuts.sheet'),
          group: t('shortcuts.general'),
          run: registry.openSheet,
        },
      ]),
    [registry, t],
  );
  const close = () => setOpen(null);
  return (
    <ShortcutContext.Provider value={registry}>
      {children}
      <Dialog opened={open === 'palette'} onClose={close} title={t('palette.title')}>
        {open === 'palette' && <Palette commands={registry.all()} close={close} />}
      </Dialog>
      <Dialog opened={open === 'sheet'} onClose={close} title={t('shortcuts.title')}>
        {open === 'sheet' && <Sheet commands={registry.all()} />}
      </Dialog>
    </ShortcutContext.Provider>
  );
}

/** Registers shortcuts for as long as the component is on screen; the newest `run` is the one that runs. */
export function useShortcuts(list: readonly Shortcut[]): void {
  const registry = useRegistry();
  const latest = useRef(list);
  latest.current = list;
  const shape = list.map((entry) => `${entry.id}|${entry.keys ?? ''}|${entry.title}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` says when the registered entries differ
  useEffect(
    () => registry.add(latest.current.map((entry, index) => ({ ...entry, run: () => latest.current[index]?.run() }))),
    [registry, shape],
  );
}

export function useShortcutWindows(): { openPalette(): void; openSheet(): void } {
  return useRegistry();
}

/** A key as it is drawn beside a button's label. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="fl-keys" aria-hidden="true">
      {chordLabel(keys)
        .split(' ')
        .map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list of at most three keys
          <kbd key={index}>{part}</kbd>
        ))}
    </span>
  );
}

function useRegistry(): Registry {
  const registry = useContext(ShortcutContext);
  if (!registry) throw new Error('useShortcuts needs mountFace around it');
  return registry;
}

/** In a field or behind a dialog single keys belong to the field. */
function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open], [role="dialog"]')) return true;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input, textarea, select, [role="combobox"], [role="menu"] *');
}

function Palette({ commands, close }: { commands: Shortcut[]; close: () => void }) {
  const t = useKitText();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const wanted = query.trim().toLocaleLowerCase();
  const found = commands.filter((command) => command.title.toLocaleLowerCase().includes(wanted));
  const active = Math.min(at, Math.max(0, found.length - 1));
  const run = (command: Shortcut | undefined) => {
    if (!command) return;
    close();
    // The dialog gives the focus back first; what runs may want to move it elsewhere.
    requestAnimationFrame(() => command.run());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') run(found[active]);
    else if (event.key === 'ArrowDown') setAt(Math.min(active + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(active - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <div className="fl-palette">
      <label className="fl-search">
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[active] ? `${listId}-${active}` : undefined}
          aria-label={t('palette.placeholder')}
          placeholder={t('palette.placeholder')}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      <div id={listId} role="listbox" aria-label={t('palette.title')} className="fl-palette-list">
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above handles the keys
          <div
            key={command.id}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className="fl-palette-row"
            onClick={() => run(command)}
          >
            <span>{command.title}</span>
            {command.keys && <Keys keys={command.keys} />}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="fl-soft">{t('palette.none')}</p>}
    </div>
  );
}

function Sheet({ commands }: { commands: Shortcut[] }) {
  const t = useKitText();
  const withKeys = commands.filter((command) => command.keys);
  const groups = [...new Set(withKeys.map((command) => command.group ?? t('shortcuts.general')))];
  return (
    <div className="fl-stack">
      {groups.map((group) => (
        <section key={group}>
          <h3 className="fl-soft">{group}</h3>
          <dl className="fl-sheet">
            {withKeys
              .filter((command) => (command.group ?? t('shortcuts.general')) === group)
              .map((command) => (
                <div key={command.id}>
                  <dt>{command.title}</dt>
                  <dd>
                    <Keys keys={command.keys ?? ''} />
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
