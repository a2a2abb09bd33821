import './shop.css';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { mountFace, NotFound, searchTexts } from '#ui/kit';
import { Frame } from './frame.tsx';
import { QuotePage } from './quote-page.tsx';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const quote = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: searchTexts('quote'),
  component: QuotePage,
});
const checkout = createRoute({
  getParentRoute: () => root,
  path: '/checkout',
  validateSearch: searchTexts('quote'),
  component: lazyRouteComponent(() => import('./checkout-page.tsx'), 'CheckoutPage'),
});
const placed = createRoute({
  getParentRoute: () => root,
  path: '/placed/$orderId',
  validateSearch: searchTexts('number'),
  component: lazyRouteComponent(() => import('./placed-page.tsx'), 'PlacedPage'),
});
const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  component: lazyRouteComponent(() => import('./orders-page.tsx'), 'OrdersPage'),
});
const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('./order-page.tsx'), 'OrderPage'),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInRoute'),
});

const router = createRouter({
  routeTree: root.addChildren([quote, checkout, placed, orders, order, signIn]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

mountFace(router);
