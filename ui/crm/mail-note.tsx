import { Icon } from '#ui/kit';
import { useText } from './messages.ts';

/** Where a mail is to be found: Forgeline writes it to a folder, from which a relay or a person takes it. */
export function MailNote() {
  const t = useText();
  return (
    <p className="crm-mail-note fl-soft">
      <Icon name="send" size={16} />
      <span>
        {t('people.mail_note')} <code className="fl-mono">data/mail/*.eml</code>
      </span>
    </p>
  );
}
