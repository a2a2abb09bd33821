import type { Role } from '#contracts/basics';

/** A place on the floor. `roles`: who may claim there at all; the foreman narrows it per operator. */
export interface Place {
  readonly id: string;
  readonly name: { readonly en: string; readonly ru: string };
  readonly roles: readonly Role[];
}

/** One step of a route. `normSeconds` is the expected time for one piece. */
export interface RouteStep {
  readonly code: string;
  readonly workCentre: string;
  readonly normSeconds: number;
}

/** How a process makes a piece. `reworkFrom`: the step at which pieces sent back by an order's rework start again. */
export interface Route {
  readonly process: string;
  readonly steps: readonly RouteStep[];
  readonly reworkFrom: string;
}

const MAKERS = ['operator', 'foreman'] as const;
const JUDGES = ['quality', 'foreman'] as const;

export const PLACES: readonly Place[] = [
  { id: 'wax-printing', name: { en: 'Wax printing', ru: 'Печать воска' }, roles: MAKERS },
  { id: 'casting', name: { en: 'Casting', ru: 'Литьё' }, roles: MAKERS },
  { id: 'polymer-printing', name: { en: 'Polymer printing', ru: 'Печать пластиком' }, roles: MAKERS },
  { id: 'metal-printing', name: { en: 'Metal printing', ru: 'Печать металлом' }, roles: MAKERS },
  { id: 'machining', name: { en: 'Machining', ru: 'Мехобработка' }, roles: MAKERS },
  { id: 'bench', name: { en: 'Bench work', ru: 'Верстак' }, roles: MAKERS },
  { id: 'polishing', name: { en: 'Polishing', ru: 'Полировка' }, roles: MAKERS },
  { id: 'inspection', name: { en: 'Inspection', ru: 'Контроль' }, roles: JUDGES },
];

/** Every operation code of the routes below, for people. */
export const OPERATION_NAMES: Readonly<Record<string, { readonly en: string; readonly ru: string }>> = {
  print_wax: { en: 'Print wax', ru: 'Печать восковки' },
  invest_and_burn_out: { en: 'Invest and burn out', ru: 'Формовка и прокалка' },
  cast: { en: 'Cast', ru: 'Литьё' },
  cut_sprues: { en: 'Cut sprues', ru: 'Срезка литников' },
  finish: { en: 'Finish', ru: 'Слесарная доводка' },
  polish: { en: 'Polish', ru: 'Полировка' },
  inspect: { en: 'Inspect', ru: 'Контроль' },
  print_polymer: { en: 'Print', ru: 'Печать пластиком' },
  depowder: { en: 'Depowder', ru: 'Очистка от порошка' },
  wash_and_cure: { en: 'Wash and cure', ru: 'Промывка и засветка' },
  remove_supports: { en: 'Remove supports', ru: 'Снятие поддержек' },
  print_metal: { en: 'Print metal', ru: 'Печать металлом' },
  relieve_stress: { en: 'Relieve stress', ru: 'Отжиг' },
  cut_from_plate: { en: 'Cut from the plate', ru: 'Срезка с платформы' },
  program_and_set_up: { en: 'Program and set up', ru: 'Программа и наладка' },
  mill: { en: 'Mill', ru: 'Фрезеровка' },
  deburr: { en: 'Deburr', ru: 'Снятие заусенцев' },
  make: { en: 'Make', ru: 'Изготовление' },
};

const step = (code: string, workCentre: string, normSeconds: number): RouteStep => ({ code, workCentre, normSeconds });
const inspect = step('inspect', 'inspection', 60);

export const GENERIC_ROUTE: Route = {
  process: 'generic',
  steps: [step('make', 'bench', 1200), step('finish', 'bench', 300), inspect],
  reworkFrom: 'finish',
};

export const ROUTES: readonly Route[] = [
  {
    process: 'lost-wax-casting',
    steps: [
      step('print_wax', 'wax-printing', 600),
      step('invest_and_burn_out', 'casting', 300),
      step('cast', 'casting', 240),
      step('cut_sprues', 'bench', 120),
      step('finish', 'bench', 600),
      step('polish', 'polishing', 480),
      inspect,
    ],
    reworkFrom: 'finish',
  },
  polymerRoute('mjf', 'depowder'),
  polymerRoute('sls', 'depowder'),
  polymerRoute('sla', 'wash_and_cure'),
  polymerRoute('fdm', 'remove_supports'),
  {
    process: 'lpbf',
    steps: [
      step('print_metal', 'metal-printing', 1800),
      step('relieve_stress', 'metal-printing', 120),
      step('cut_from_plate', 'machining', 300),
      step('finish', 'bench', 600),
      inspect,
    ],
    reworkFrom: 'finish',
  },
  {
    process: 'cnc',
    steps: [
      step('program_and_set_up', 'machining', 900),
      step('mill', 'machining', 1200),
      step('deburr', 'bench', 180),
      step('finish', 'bench', 300),
      inspect,
    ],
    reworkFrom: 'deburr',
  },
];

/** The route of a process; one that the floor does not know gets the generic route, named so. */
export function routeOf(process: string): Route {
  return ROUTES.find((route) => route.process === process) ?? GENERIC_ROUTE;
}

export function placeOf(id: string): Place | undefined {
  return PLACES.find((place) => place.id === id);
}

/** Where these roles may work, narrowed to `assigned` when the foreman has assigned the person. */
export function workCentresOf(roles: readonly Role[], assigned: readonly string[] | null): string[] {
  const allowed = PLACES.filter((place) => roles.includes('admin') || place.roles.some((role) => roles.includes(role)));
  const ids = allowed.map((place) => place.id);
  return assigned === null ? ids : ids.filter((id) => assigned.includes(id));
}

function polymerRoute(process: string, cleaning: string): Route {
  return {
    process,
    steps: [
      step('print_polymer', 'polymer-printing', 900),
      step(cleaning, 'polymer-printing', 180),
      step('finish', 'bench', 240),
      inspect,
    ],
    reworkFrom: 'finish',
  };
}
