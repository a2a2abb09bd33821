import './mes.css';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { mountFace, NotFound, searchTexts } from '#ui/kit';
import { FirstPage } from './first-page.tsx';
import { Frame } from './frame.tsx';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const queue = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: searchTexts('centre', 'show'),
  component: FirstPage,
});
const work = createRoute({
  getParentRoute: () => root,
  path: '/work',
  validateSearch: searchTexts('operation'),
  component: lazyRouteComponent(() => import('./work-page.tsx'), 'WorkPage'),
});
const operation = createRoute({
  getParentRoute: () => root,
  path: '/operations/$operationId',
  component: lazyRouteComponent(() => import('./operation-page.tsx'), 'OperationPage'),
});
const packing = createRoute({
  getParentRoute: () => root,
  path: '/packing',
  component: lazyRouteComponent(() => import('./packing-page.tsx'), 'PackingPage'),
});
const packingOrder = createRoute({
  getParentRoute: () => root,
  path: '/packing/$orderId',
  component: lazyRouteComponent(() => import('./packing-order-page.tsx'), 'PackingOrderPage'),
});
const pay = createRoute({
  getParentRoute: () => root,
  path: '/pay',
  validateSearch: searchTexts('period'),
  component: lazyRouteComponent(() => import('./pay-page.tsx'), 'PayPage'),
});
const board = createRoute({
  getParentRoute: () => root,
  path: '/board',
  component: lazyRouteComponent(() => import('./board-page.tsx'), 'BoardPage'),
});

const router = createRouter({
  routeTree: root.addChildren([queue, work, operation, packing, packingOrder, pay, board]),
  basepath: '/mes',
  defaultPreload: 'intent',
  scrollRestoration: true,
});

mountFace(router);
