import type { Random } from '../../simulator/random.ts';
import type { Load } from '../load.ts';
import type { World } from '../world.ts';

/** Where a fault strikes, and what it may use. */
export interface Scene {
  world: World;
  load: Load;
  random: Random;
}

/** Faults of one lane follow one another; lanes strike at the same time. */
export type Lane = 'processes' | 'servers' | 'messages';

export interface Fault {
  doc: string;
  lane: Lane;
  /**
   * Strikes, waits as long as it lasts and heals what it hurt, whatever happens. Answers what proves that it struck; null when
   * it found nothing to strike.
   */
  strike(scene: Scene): Promise<string | null>;
}
