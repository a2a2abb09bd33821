import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router';
import { mountFace, Shell, SignInForm } from '#ui/kit';

const root = createRootRoute({
  component: () => (
    <Shell nav={[{ to: '/', label: 'Quote' }]} signInTo="/">
      <Outlet />
    </Shell>
  ),
});
const home = createRoute({ getParentRoute: () => root, path: '/', component: () => <SignInForm signUp /> });
mountFace(createRouter({ routeTree: root.addChildren([home]) }));
