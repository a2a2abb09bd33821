import '../admin.css';
import { Link, useNavigate } from '@tanstack/react-router';
import { Empty, Gate, Icon, Loading, useFormat, useSearchText } from '#ui/kit';
import { useNarrow } from '../use-narrow.ts';
import { LetterPanel } from './letter-panel.tsx';
import { useLetterText } from './messages.ts';
import { type Decision, type Letter, SHOWN_EACH, useDeadLetters } from './use-dead-letters.ts';

export function DeadLettersPage() {
  return (
    <Gate roles={['admin']}>
      <DeadLetters />
    </Gate>
  );
}

/** What consumers could not handle; the chosen one beside the list, on a phone instead of it. */
function DeadLetters() {
  const t = useLetterText();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const { letters, decisions, isPending, away, full } = useDeadLetters();
  const chosenKey = useSearchText('letter');
  const chosen = letters.find((letter) => keyOf(letter) === chosenKey);
  if (isPending) return <Loading />;
  const panel = chosen && (
    <LetterPanel
      key={chosenKey}
      letter={chosen}
      fellows={letters.filter(({ consumer }) => consumer === chosen.consumer)}
      close={() => void navigate({ to: '/dead-letters', search: {} })}
    />
  );
  return (
    <div className="crm-orders">
      <div className={`crm-bar ${panel ? 'crm-bar-beside' : ''}`}>
        <h1 className="crm-title">{t('title')}</h1>
      </div>
      {away.map((room) => (
        <p key={room} className="crm-review" role="status">
          <Icon name="alert" size={16} />
          {t('list.away', { room })}
        </p>
      ))}
      {narrow && panel ? (
        panel
      ) : (
        <div className={`crm-desk ${letters.length > 0 && !narrow ? 'crm-desk-client' : ''}`}>
          {letters.length === 0 && away.length === 0 && (
            <div>
              <Empty icon="inbox" title={t('list.none')} text={t('list.none_hint')} />
              <Decisions decisions={decisions} />
            </div>
          )}
          {letters.length > 0 && (
            <div className="crm-clients">
              <ul>
                {letters.map((letter) => (
                  <Choice key={keyOf(letter)} letter={letter} chosen={letter === chosen} />
                ))}
              </ul>
              {full.map((room) => (
                <p key={room} className="fl-soft">
                  {t('list.more', { count: SHOWN_EACH, consumer: room })}
                </p>
              ))}
            </div>
          )}
          {panel ||
            (letters.length > 0 && (
              <section className="crm-peek crm-panel">
                <Decisions decisions={decisions} />
              </section>
            ))}
        </div>
      )}
    </div>
  );
}

/** One event may be dead for several consumers. */
function keyOf({ consumer, eventId }: Letter): string {
  return `${consumer}/${eventId}`;
}

function Choice({ letter, chosen }: { letter: Letter; chosen: boolean }) {
  const t = useLetterText();
  const format = useFormat();
  return (
    <li>
      <Link
        to="/dead-letters"
        search={{ letter: keyOf(letter) }}
        className="crm-client"
        aria-current={chosen ? 'true' : undefined}
      >
        <span>
          <strong>{letter.consumer}</strong> · {letter.type}
          <small className="fl-soft crm-letter-reason">{letter.reason}</small>
        </span>
        <small className="fl-soft">
          {format.relative(letter.diedAt)} · {t('list.attempts', { count: letter.attempts })}
        </small>
      </Link>
    </li>
  );
}

function Decisions({ decisions }: { decisions: readonly Decision[] }) {
  const t = useLetterText();
  const format = useFormat();
  return (
    <section className="crm-group">
      <h3>{t('audit.title')}</h3>
      {decisions.length === 0 && <p className="fl-soft">{t('audit.none')}</p>}
      <ol className="crm-audit">
        {decisions.map(({ at, act, actor, consumer, eventId, note }) => (
          <li key={`${at} ${act} ${eventId}`}>
            <time className="fl-soft" dateTime={at}>
              {format.dateTime(at)}
            </time>
            <span className="crm-break">
              {actor.replace(/ \([^)]*\)$/, '')} {t(`audit.${act}`)}{' '}
              <span className="fl-mono">
                {consumer} {eventId.slice(-12)}
              </span>
              {note && <span className="fl-soft"> · {note}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
