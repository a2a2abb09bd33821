/** What a key press is matched on: `event.code`, so that keys sit in the same place on a Russian layout. */
export interface Press {
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

const WORDS: Record<string, string> = {
  Slash: '/',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Enter: '↵',
};

/** One press as text: `KeyJ`, `Ctrl+Enter`, `Shift+Slash`. Ctrl stands for ⌘ as well. */
export function chordOf(press: Press): string {
  const parts: string[] = [];
  if (press.ctrlKey || press.metaKey) parts.push('Ctrl');
  if (press.altKey) parts.push('Alt');
  if (press.shiftKey) parts.push('Shift');
  return [...parts, press.code].join('+');
}

/** `KeyG KeyO` → `G O`; `Ctrl+KeyK` → `Ctrl K`; `Shift+Slash` → `?`. */
export function chordLabel(keys: string): string {
  return keys
    .split(' ')
    .map((chord) => {
      if (chord === 'Shift+Slash') return '?';
      return chord
        .split('+')
        .map((part) => WORDS[part] ?? part.replace(/^(Key|Digit)/, ''))
        .join(' ');
    })
    .join(' ');
}

/**
 * Follows presses and names the key sequence that they complete. A sequence such as `KeyG KeyO` waits for its second
 * press no longer than `waitMs`.
 */
export function chordFollower(
  waitMs = 1_200,
): (press: Press, known: ReadonlySet<string>, now: number) => string | null {
  let before: { chord: string; at: number } | null = null;
  return (press, known, now) => {
    const chord = chordOf(press);
    const sequence = before && now - before.at <= waitMs ? `${before.chord} ${chord}` : null;
    if (sequence && known.has(sequence)) {
      before = null;
      return sequence;
    }
    if (known.has(chord)) {
      before = null;
      return chord;
    }
    const begins = [...known].some((keys) => keys.startsWith(`${chord} `));
    before = begins ? { chord, at: now } : null;
    return null;
  };
}
