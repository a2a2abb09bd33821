import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { LanguageSwitch, Mark } from './brand.tsx';
import { useConfirm } from './confirm.tsx';
import { Icon, type IconName } from './icons.tsx';
import { useLiveState } from './live.ts';
import { useKitText } from './messages.ts';
import { type ColourScheme, useColourScheme } from './preferences.tsx';
import { useSession } from './session.tsx';
import { useShortcuts, useShortcutWindows } from './shortcuts.tsx';
import { useFormat } from './time-zone.ts';

export interface NavItem {
  to: string;
  label: string;
  icon?: IconName;
  /** E.g. how many problems wait. */
  count?: number;
}

export interface ShellProps {
  /** Beside the brand: `Orders`, `Shop floor`; nothing for the shop. */
  face?: string;
  nav: readonly NavItem[];
  /** Where "Sign in" leads when visitors may look around; left out where the gate asks anyway. */
  signInTo?: string;
  /** Uses the whole width and height: for lists. */
  wide?: boolean;
  children: ReactNode;
}

/** The frame of every face: brand, navigation, connection, language, appearance, who is here. */
export function Shell({ face, nav, signInTo, wide = false, children }: ShellProps) {
  const t = useKitText();
  return (
    <div className={`fl-shell ${wide ? 'fl-shell-wide' : ''}`}>
      <a className="fl-skip" href="#main">
        {t('shell.skip')}
      </a>
      <header className="fl-bar">
        <Link to="/" className="fl-brand">
          <Mark />
          <span>Forgeline</span>
          {face && <span className="fl-brand-face">{face}</span>}
        </Link>
        <nav className="fl-nav" aria-label={t('shell.navigation')}>
          {nav.map((item) => (
            <Link
              key={item.to}
              to={item.to}
              className="fl-nav-link"
              activeProps={{ 'aria-current': 'page' }}
              activeOptions={{ exact: item.to === '/', includeSearch: false }}
            >
              {item.icon && <Icon name={item.icon} />}
              {item.label}
              {item.count !== undefined && item.count > 0 && <span className="fl-count">{item.count}</span>}
            </Link>
          ))}
        </nav>
        <div className="fl-bar-end">
          <Connection />
          <LanguageSwitch />
          <AccountMenu {...(signInTo ? { signInTo } : {})} />
        </div>
      </header>
      <main id="main" className="fl-main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** How fresh the screen is; nothing while no stream is open. */
function Connection() {
  const t = useKitText();
  const format = useFormat();
  const { kind, heardAt } = useLiveState();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (kind === 'off') return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [kind]);
  if (kind === 'off') return null;
  const age = format.duration((now - heardAt) / 1_000);
  const label = kind === 'live' ? t('live.live') : kind === 'stale' ? t('live.stale', { age }) : t('live.connecting');
  const hint = kind === 'live' ? t('live.live_hint', { age }) : t('live.stale_hint');
  return (
    <span className={`fl-connection fl-connection-${kind}`} role="status" title={hint}>
      <span className="fl-dot" aria-hidden="true" />
      <span className="fl-connection-word">{label}</span>
    </span>
  );
}

const SCHEMES: { scheme: ColourScheme; icon: IconName }[] = [
  { scheme: 'auto', icon: 'gear' },
  { scheme: 'light', icon: 'sun' },
  { scheme: 'dark', icon: 'moon' },
];

function AccountMenu({ signInTo }: { signInTo?: string }) {
  const t = useKitText();
  const { member, signOut } = useSession();
  const ask = useConfirm();
  /** Who signs out before the address is confirmed cannot sign in again, and so not reach their orders. */
  const leave = async (): Promise<void> => {
    const question = {
      title: t('shell.unconfirmed'),
      text: t('shell.unconfirmed_text'),
      confirmLabel: t('shell.sign_out_anyway'),
      danger: true,
    };
    if (member?.emailConfirmed || (await ask(question))) await signOut();
  };
  const { scheme, setScheme } = useColourScheme();
  const { openSheet } = useShortcutWindows();
  useShortcuts(
    SCHEMES.map((option) => ({
      id: `kit.theme.${option.scheme}`,
      title: `${t('shell.theme')}: ${t(`shell.theme.${option.scheme}`)}`,
      run: () => setScheme(option.scheme),
    })),
  );
  const panelId = useId();
  const panel = useRef<HTMLDivElement>(null);
  const thenClose = (act: () => void) => () => {
    panel.current?.hidePopover();
    act();
  };
  return (
    <>
      <button
        type="button"
        className="fl-account"
        popoverTarget={panelId}
        aria-label={member ? `${t('shell.account')}: ${member.name}` : t('shell.account')}
      >
        <Icon name="person" />
        {member && <span>{member.name}</span>}
      </button>
      <div id={panelId} ref={panel} popover="auto" className="fl-panel">
        {member && (
          <p className="fl-panel-who">
            <strong>{member.name}</strong>
            <span className="fl-soft">{member.roles.map((role) => t(`role.${role}`)).join(', ')}</span>
          </p>
        )}
        {!member && signInTo && (
          <Link to={signInTo} className="fl-panel-row" onClick={thenClose(() => {})}>
            <Icon name="arrow" size={16} />
            {t('shell.sign_in')}
          </Link>
        )}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks */}
        <div role="group" aria-label={t('shell.theme')} className="fl-panel-group">
          {SCHEMES.map((option) => (
            <button
              key={option.scheme}
              type="button"
              className="fl-panel-row"
              aria-pressed={scheme === option.scheme}
              onClick={() => setScheme(option.scheme)}
            >
              <Icon name={option.icon} size={16} />
              {t(`shell.theme.${option.scheme}`)}
              {scheme === option.scheme && <Icon name="check" size={16} className="fl-panel-end" />}
            </button>
          ))}
        </div>
        <button type="button" className="fl-panel-row" onClick={thenClose(openSheet)}>
          <Icon name="keyboard" size={16} />
          {t('shell.shortcuts')}
        </button>
        {member && (
          <button type="button" className="fl-panel-row" onClick={thenClose(() => void leave())}>
            <Icon name="close" size={16} />
            {t('shell.sign_out')}
          </button>
        )}
      </div>
    </>
  );
}
