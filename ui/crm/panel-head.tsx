import type { ReactNode } from 'react';
import { Icon } from '#ui/kit';
import { useText } from './messages.ts';

/** The heading of what is shown beside the list, with the way back. */
export function PanelHead({ children, close }: { children: ReactNode; close(): void }) {
  const t = useText();
  return (
    <div className="crm-peek-head">
      <h2>{children}</h2>
      <button type="button" className="fl-icon-button" aria-label={t('peek.close')} onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}
