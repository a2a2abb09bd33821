import './styles.ts';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type AnyRouter, RouterProvider } from '@tanstack/react-router';
import { lazy, type ReactNode, StrictMode, Suspense, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import type { Role } from '#contracts/basics';
import { ApiProblem } from './api.ts';
import { ConfirmProvider } from './confirm.tsx';
import { PreferencesProvider, useLanguage } from './preferences.tsx';
import { ErrorNotice, Loading, loadProblemTexts, NoRights } from './problems.tsx';
import { createSession, hasRole, type Session, SessionProvider, useSession } from './session.tsx';
import { ShortcutProvider } from './shortcuts.tsx';
import type { SignInProps } from './sign-in.tsx';
import { ToastProvider } from './toasts.tsx';

const LazyForm = lazy(async () => ({ default: (await import('./sign-in.tsx')).SignInForm }));
const LazyPage = lazy(async () => ({ default: (await import('./sign-in.tsx')).SignInPage }));

/** Sign in, sign up, ask for a new password; loaded when it is needed. */
export function SignInForm(props: SignInProps) {
  return (
    <Suspense fallback={<Loading />}>
      <LazyForm {...props} />
    </Suspense>
  );
}

/** Puts a face on the page: its router inside everything that the kit provides. */
export function mountFace(router: AnyRouter): void {
  const session = createSession();
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // The client has retried what may be retried; a refusal stays a refusal.
        retry: (count, error) => !(error instanceof ApiProblem) && count < 2,
      },
    },
  });
  forgetOnChange(session, queries);
  createRoot(document.getElementById('face')!).render(
    <StrictMode>
      <PreferencesProvider>
        <ProblemTexts />
        <SessionProvider session={session}>
          <QueryClientProvider client={queries}>
            <ToastProvider>
              <ConfirmProvider>
                <ShortcutProvider>
                  <RouterProvider router={router} />
                </ShortcutProvider>
              </ConfirmProvider>
            </ToastProvider>
          </QueryClientProvider>
        </SessionProvider>
      </PreferencesProvider>
    </StrictMode>,
  );
}

/** What one person saw is not there for the next one at this screen. */
function forgetOnChange(session: Session, queries: QueryClient): void {
  const idNow = () => {
    const state = session.state();
    return state.kind === 'signed_in' ? state.actor.id : null;
  };
  const forget = () => {
    queries.removeQueries({ type: 'inactive' });
    if (idNow() !== null) void queries.resetQueries();
  };
  let before = idNow();
  session.subscribe(() => {
    const now = idNow();
    // After the page has seen the change: what it does not show to this person any more is not asked for either.
    if (before !== null && now !== before) setTimeout(forget);
    before = now;
  });
}

function ProblemTexts() {
  const language = useLanguage();
  useEffect(() => {
    // Without them the server's English is shown.
    loadProblemTexts(language).catch(() => {});
  }, [language]);
  return null;
}

/** Lets through who has one of the roles; shows the sign-in page or the lack of rights to others. */
export function Gate({ roles, children }: { roles?: readonly Role[]; children: ReactNode }) {
  const { current, member, token } = useSession();
  if (current.kind === 'unknown') return <Loading />;
  if (current.kind === 'away')
    return <ErrorNotice error={current.problem} retry={() => void token(true).catch(() => {})} />;
  if (current.kind === 'signed_out' || member === null) {
    return (
      <Suspense fallback={<Loading />}>
        <LazyPage />
      </Suspense>
    );
  }
  if (roles && !hasRole(current.actor, roles)) return <NoRights />;
  return children;
}
