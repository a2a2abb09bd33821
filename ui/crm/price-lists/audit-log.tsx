import { useFormat } from '#ui/kit';
import { usePriceText } from './messages.ts';
import { usePriceAudit } from './use-price-lists.ts';

/** Who changed prices, newest first. */
export function AuditLog() {
  const t = usePriceText();
  const format = useFormat();
  const { data } = usePriceAudit();
  if (!data) return null;
  return (
    <section className="crm-group">
      <h3>{t('lists.audit')}</h3>
      {data.items.length === 0 && <p className="fl-soft">{t('lists.audit_none')}</p>}
      <ol className="crm-audit">
        {data.items.map(({ id, at, person, action, subject, reason }) => (
          <li key={id}>
            <time className="fl-soft" dateTime={at}>
              {format.dateTime(at)}
            </time>
            <span className="crm-break">
              {person} {t(`audit.${action}`)} {subject}
              {reason && <span className="fl-soft"> · {reason}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
