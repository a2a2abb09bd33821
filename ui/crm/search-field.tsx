import { useEffect, useRef, useState } from 'react';
import { Icon } from '#ui/kit';

const PAUSE_MS = 200;

/** A search whose text stands in the address: `search` is called when somebody stops typing. */
export function SearchField({
  label,
  value,
  search,
}: {
  label: string;
  value: string;
  search(text: string | undefined): void;
}) {
  const [text, setText] = useState(value);
  const latest = useRef(search);
  latest.current = search;
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => latest.current(text === '' ? undefined : text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <label className="fl-search crm-search">
      <Icon name="search" size={16} />
      <input
        type="search"
        value={text}
        maxLength={100}
        placeholder={label}
        aria-label={label}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}
