import './crm.css';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { mountFace, NotFound, searchTexts } from '#ui/kit';
import { FILTER_NAMES } from './filters.ts';
import { Frame } from './frame.tsx';
import { OrdersPage } from './orders-page.tsx';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const orders = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: searchTexts(...FILTER_NAMES, 'peek'),
  component: OrdersPage,
});
const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('./order-page.tsx'), 'OrderPage'),
});
const problems = createRoute({
  getParentRoute: () => root,
  path: '/problems',
  component: lazyRouteComponent(() => import('./problems-page.tsx'), 'ProblemsPage'),
});
const placing = createRoute({
  getParentRoute: () => root,
  path: '/new',
  component: lazyRouteComponent(() => import('./new-order-page.tsx'), 'NewOrderPage'),
});
const people = createRoute({
  getParentRoute: () => root,
  path: '/people',
  validateSearch: searchTexts('q', 'role', 'person'),
  component: lazyRouteComponent(() => import('./people-page.tsx'), 'PeoplePage'),
});
const partners = createRoute({
  getParentRoute: () => root,
  path: '/partners',
  validateSearch: searchTexts('q', 'client', 'tab', 'state'),
  component: lazyRouteComponent(() => import('./partners-page.tsx'), 'PartnersPage'),
});
const priceLists = createRoute({
  getParentRoute: () => root,
  path: '/price-lists',
  validateSearch: searchTexts('list', 'draft', 'tab'),
  component: lazyRouteComponent(() => import('./price-lists/page.tsx'), 'PriceListsPage'),
});
const deadLetters = createRoute({
  getParentRoute: () => root,
  path: '/dead-letters',
  validateSearch: searchTexts('letter'),
  component: lazyRouteComponent(() => import('./dead-letters/page.tsx'), 'DeadLettersPage'),
});

const router = createRouter({
  routeTree: root.addChildren([orders, order, problems, placing, people, partners, priceLists, deadLetters]),
  basepath: '/crm',
  defaultPreload: 'intent',
  scrollRestoration: true,
  // Plain texts: `?q=100042` stays what somebody typed.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  },
});

mountFace(router);
