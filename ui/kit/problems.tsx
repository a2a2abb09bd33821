import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiProblem } from './api.ts';
import { Icon, type IconName } from './icons.tsx';
import { useKitText } from './messages.ts';
import { useLanguage } from './preferences.tsx';
import { useSession } from './session.tsx';
import type { Language } from './text.ts';

export interface ProblemText {
  title: string;
  /** What the person can do; empty when nothing is known. */
  hint: string;
}

let translated: Readonly<Record<string, ProblemText>> = {};

/** Fetches the words for refusals in a language other than the server's own; until they are here, the server's stand in. */
export async function loadProblemTexts(language: Language): Promise<void> {
  if (language === 'ru') translated = (await import('./problems.ru.ts')).PROBLEMS_RU;
}

/** Any error as a person reads it, by its code; the server's own English stands in for what is not translated. */
export function problemText(error: unknown, language: Language): ProblemText {
  if (!(error instanceof ApiProblem)) return unexpected(language);
  if (language === 'ru') {
    const known = translated[error.code];
    if (known) return known;
  }
  if (error.code === 'network.unreachable') {
    return { title: 'The server cannot be reached', hint: 'Check the network and try again. Nothing is lost.' };
  }
  return { title: error.detail ?? error.title, hint: error.hint ?? '' };
}

function unexpected(language: Language): ProblemText {
  return language === 'ru'
    ? { title: 'Что-то сломалось на этой странице', hint: 'Обновите страницу.' }
    : { title: 'Something went wrong on this page', hint: 'Reload the page.' };
}

export function useProblemText(): (error: unknown) => ProblemText {
  const language = useLanguage();
  return (error) => problemText(error, language);
}

/** A reason that comes as data (a quote's problem, a failed model), in this language where its code is known. */
export function useCodeText(): (reason: { code: string; message: string; hint: string }) => ProblemText {
  const language = useLanguage();
  return ({ code, message, hint }) => (language === 'ru' && translated[code]) || { title: message, hint };
}

/** A whole area that has nothing to show: why, and the way out. */
export function StateNotice(props: {
  icon: IconName;
  title: string;
  text?: string;
  tone?: 'calm' | 'bad';
  /** 1 where the notice is the whole page. */
  level?: 1 | 2;
  children?: ReactNode;
}) {
  return (
    <div className={`fl-notice fl-notice-${props.tone ?? 'calm'}`}>
      <Icon name={props.icon} size={28} />
      {props.level === 1 ? <h1>{props.title}</h1> : <h2>{props.title}</h2>}
      {props.text && <p>{props.text}</p>}
      {props.children && <div className="fl-notice-actions">{props.children}</div>}
    </div>
  );
}

export function Empty(props: { icon?: IconName; title?: string; text?: string; children?: ReactNode }) {
  const t = useKitText();
  return (
    <StateNotice
      icon={props.icon ?? 'inbox'}
      title={props.title ?? t('state.empty')}
      {...(props.text ? { text: props.text } : {})}
    >
      {props.children}
    </StateNotice>
  );
}

export function Loading({ label }: { label?: string }) {
  const t = useKitText();
  return (
    <div className="fl-loading" role="status">
      <span className="fl-spinner" aria-hidden="true" />
      {label ?? t('state.loading')}
    </div>
  );
}

/** Tells no rights, not found and failure apart, and offers what helps. */
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useKitText();
  const problem = useProblemText()(error);
  if (error instanceof ApiProblem && error.status === 403) return <NoRights />;
  if (error instanceof ApiProblem && error.status === 404) return <NotFound />;
  return (
    <div role="alert">
      <StateNotice icon="alert" tone="bad" title={problem.title} text={problem.hint}>
        {retry && <Button onClick={retry}>{t('action.retry')}</Button>}
        {error instanceof ApiProblem && error.requestId && (
          <code className="fl-request-id">{t('state.request_id', { id: error.requestId })}</code>
        )}
      </StateNotice>
    </div>
  );
}

export function NoRights() {
  const t = useKitText();
  const { actor, signOut } = useSession();
  return (
    <StateNotice icon="ban" title={t('state.no_rights')} text={t('state.no_rights_hint', { name: actor?.name ?? '' })}>
      <Button variant="default" onClick={() => void signOut()}>
        {t('shell.sign_out')}
      </Button>
    </StateNotice>
  );
}

export function NotFound() {
  const t = useKitText();
  return <StateNotice icon="search" title={t('state.not_found')} text={t('state.not_found_hint')} />;
}

/** A problem inside a form or a row. */
export function InlineProblem({ error }: { error: unknown }) {
  const problem = useProblemText()(error);
  return (
    <div className="fl-inline-problem" role="alert">
      <Icon name="alert" size={16} />
      <span>
        <strong>{problem.title}</strong> {problem.hint}
      </span>
    </div>
  );
}
