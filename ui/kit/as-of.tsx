import { Icon } from './icons.tsx';
import { useKitText } from './messages.ts';
import { useFormat } from './time-zone.ts';

/** The server's own copy may be a little behind without anybody being misled. */
const FRESH_MS = 5_000;

/**
 * How old what is shown is. `at`: up to when the server had everything; `readAt`: when it answered, in milliseconds of this
 * browser's clock. A list that had not caught up then says so.
 */
export function AsOf({ at, readAt }: { at: string; readAt: number }) {
  const t = useKitText();
  const format = useFormat();
  const isBehind = readAt - Date.parse(at) > FRESH_MS;
  const when = { at: format.dateTime(at) };
  if (!isBehind) return <span className="fl-soft">{t('as_of.current', when)}</span>;
  return (
    <span className="fl-behind" role="status">
      <Icon name="clock" size={14} />
      {t('as_of.behind', when)}
    </span>
  );
}
