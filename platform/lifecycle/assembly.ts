import type { Part } from './part.ts';

/** One row of the wiring table: what a part needs by name, how it is made from that, and its life. */
export interface Row<Products, Name extends keyof Products> {
  needs: readonly (keyof Products & string)[];
  make(products: Products): Products[Name] | Promise<Products[Name]>;
  /** The part behind the product, started after it is made. Left out: the product has no life of its own. */
  part?(product: Products[Name]): Part;
}

export type Table<Products> = { [Name in keyof Products & string]: Row<Products, Name> };

/** Two or more parts need each other: the wiring table is wrong. */
export class CircularNeeds extends Error {
  constructor(circle: readonly string[]) {
    super(`Parts need each other in a circle: ${circle.join(' → ')}. Take one of these needs out of the wiring table.`);
    this.name = 'CircularNeeds';
  }
}

/** A part did not start, or ended by itself. `cause` is its own error. */
export class PartFailed extends Error {
  readonly part: string;

  constructor(part: string, during: 'make' | 'start' | 'stop', cause: unknown) {
    super(`Part "${part}" failed to ${during}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'PartFailed';
    this.part = part;
  }
}

/** The names that `targets` need, directly or not, each after everything that it needs itself. Throws CircularNeeds. */
export function startOrder<Products>(table: Table<Products>, targets: readonly (keyof Products & string)[]): string[] {
  const order: string[] = [];
  const visit = (name: keyof Products & string, path: readonly string[]): void => {
    if (order.includes(name)) return;
    const at = path.indexOf(name);
    if (at >= 0) throw new CircularNeeds([...path.slice(at), name]);
    for (const need of table[name].needs) visit(need, [...path, name]);
    order.push(name);
  };
  for (const target of targets) visit(target, []);
  return order;
}

/** A row sees only what it declared, so that the table of needs cannot lie. */
function declaredOnly<Products extends object>(
  name: string,
  needs: readonly string[],
  made: Partial<Products>,
): Products {
  return new Proxy(made, {
    get(target, key) {
      if (typeof key === 'string' && !needs.includes(key)) {
        throw new Error(`Part "${name}" uses "${key}" without naming it in its needs.`);
      }
      return Reflect.get(target, key);
    },
  }) as Products;
}

export interface Assembly<Products> {
  readonly order: readonly string[];
  /** Makes and starts every part in order. On a failure stops what was started, in reverse, and throws PartFailed. */
  start(): Promise<Products>;
  /** Stops every started part in reverse order; goes on past failures and then throws the first. Safe to call twice. */
  stop(): Promise<void>;
}

export function assemble<Products extends object>(
  table: Table<Products>,
  targets: readonly (keyof Products & string)[],
): Assembly<Products> {
  const order = startOrder(table, targets) as (keyof Products & string)[];
  const made: Partial<Products> = {};
  const running: { name: string; part: Part }[] = [];
  let stopping: Promise<void> | null = null;

  const stopAll = async (): Promise<void> => {
    let first: PartFailed | null = null;
    for (const { name, part } of running.splice(0).reverse()) {
      try {
        await part.stop?.();
      } catch (cause) {
        first ??= new PartFailed(name, 'stop', cause);
      }
    }
    if (first) throw first;
  };

  const startOne = async <Name extends keyof Products & string>(name: Name): Promise<void> => {
    const row: Row<Products, Name> = table[name];
    let during: 'make' | 'start' = 'make';
    try {
      const product = await row.make(declaredOnly<Products>(name, row.needs, made));
      made[name] = product;
      const part = row.part?.(product);
      if (!part) return;
      during = 'start';
      // Registered before it starts: a part that fails half-way is stopped like the others.
      running.push({ name, part });
      await part.start?.();
    } catch (cause) {
      throw new PartFailed(name, during, cause);
    }
  };

  return {
    order,
    async start() {
      for (const name of order) {
        try {
          await startOne(name);
        } catch (failure) {
          await stopAll().catch(() => {});
          throw failure;
        }
      }
      return made as Products;
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}
