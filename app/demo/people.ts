import type { Role } from '#contracts/basics';

/** One password for all of them: an installation with the demo listens on this machine only. */
export const DEMO_PASSWORD = 'forgeline demo';

export interface DemoPerson {
  email: string;
  name: string;
  roles: readonly Role[];
  /** Where this person works. */
  face: '/' | '/crm/' | '/mes/';
}

export const DEMO_PEOPLE = {
  customer: { email: 'anna@demo.example', name: 'Анна Ювелирова', roles: ['customer'], face: '/' },
  secondCustomer: { email: 'boris@demo.example', name: 'Boris Carver', roles: ['customer'], face: '/' },
  seller: { email: 'seller@demo.example', name: 'Софья Продавцова', roles: ['seller'], face: '/crm/' },
  leadSeller: { email: 'lead@demo.example', name: 'Lev Leader', roles: ['lead_seller'], face: '/crm/' },
  operator: { email: 'operator@demo.example', name: 'Олег Мастеров', roles: ['operator'], face: '/mes/' },
  secondOperator: { email: 'operator2@demo.example', name: 'Olga Caster', roles: ['operator'], face: '/mes/' },
  quality: { email: 'quality@demo.example', name: 'Кира Контролёва', roles: ['quality'], face: '/mes/' },
  packer: { email: 'packer@demo.example', name: 'Павел Упаковкин', roles: ['packer'], face: '/mes/' },
  foreman: { email: 'foreman@demo.example', name: 'Фёдор Цехов', roles: ['foreman'], face: '/mes/' },
  admin: { email: 'admin@demo.example', name: 'Ada Admin', roles: ['admin', 'ops'], face: '/crm/' },
} as const satisfies Record<string, DemoPerson>;

export type DemoName = keyof typeof DEMO_PEOPLE;
