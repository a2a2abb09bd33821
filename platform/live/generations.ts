/** No transaction of ours lives longer (platform/database ends it). */
const LONGEST_TRANSACTION_MS = 30_000;
const MOST_KNOWN = 50_000;

/**
 * What this process knows of the generations of a room's scopes, and whether it may believe it. Everything that a room
 * announces is numbered without gaps, and a listener hears the numbers in the order of the commits. Two rules keep the map true:
 *
 * - where something may have been missed (a gap, a new connection, another numbering), the whole map is forgotten: what is
 *   read afterwards is newer than what was missed;
 * - a *proof* is a question to the database, whose number was the number heard: all that was committed before the question
 *   has been heard. For `trustMs` from then on the map answers alone.
 *
 * So the map is never older than the last proof, and no answer from it is older than `trustMs`.
 */
export class Generations {
  readonly #now: () => number;
  readonly #trustMs: number;
  readonly #known = new Map<string, number>();
  /** Announced by this process and not yet heard: there the map is behind its own writer. */
  readonly #underWay = new Map<string, { gen: number; until: number }>();
  /** Grows whenever the map is forgotten: what was asked before then is not remembered. */
  #era = 0;
  #heard: number | null = null;
  /** Highest number heard or read, also over another connection. */
  #highest = 0;
  #epoch: string | null = null;
  #provenAt = Number.NEGATIVE_INFINITY;
  /** A number that the database had reached and that was still to be heard. */
  #owed: { number: number; at: number } | null = null;

  /** `now`: milliseconds of a clock that is never set. */
  constructor({ now, trustMs }: { now: () => number; trustMs: number }) {
    this.#now = now;
    this.#trustMs = trustMs;
  }

  /** Generations mean something within one epoch only. Empty before the first proof. */
  get epoch(): string {
    return this.#epoch ?? '';
  }

  get isTrusted(): boolean {
    return this.#now() - this.#provenAt < this.#trustMs;
  }

  /** Without a query; null when the database must be asked. */
  known(scopes: readonly string[]): number[] | null {
    if (!this.isTrusted) return null;
    const gens: number[] = [];
    for (const scope of scopes) {
      const gen = this.#known.get(scope);
      if (gen === undefined || this.#isUnderWay(scope)) return null;
      gens.push(gen);
    }
    return gens;
  }

  /** Before the database is asked for generations. What is returned remembers the answers, if nothing was forgotten meanwhile. */
  asking(): (scope: string, gen: number) => void {
    const era = this.#era;
    return (scope, gen) => {
      if (era === this.#era) this.#store(scope, gen);
    };
  }

  /** This process raises the scope to `gen` in a transaction that may commit from now on. */
  announced(scope: string, gen: number): void {
    const before = this.#underWay.get(scope)?.gen ?? 0;
    this.#underWay.set(scope, { gen: Math.max(gen, before), until: this.#now() + LONGEST_TRANSACTION_MS });
  }

  /** False when something before this number was missed. `scope` null: the number alone. */
  hear(number: number, scope: string | null, gen: number): boolean {
    const nothingMissed = this.#heard !== null && number <= this.#heard + 1;
    if (nothingMissed) this.#heard = this.#highest = Math.max(number, this.#heard!);
    else this.#restart(number);
    if (scope !== null) this.#store(scope, gen);
    if (this.#owed && this.#owed.number <= this.#heard!) {
      this.#provenAt = Math.max(this.#provenAt, this.#owed.at);
      this.#owed = null;
    }
    return nothingMissed;
  }

  /** The connection that hears is another one: what was said in between is not known. */
  deaf(): void {
    this.#forget();
    this.#heard = null;
  }

  /**
   * Before the database is asked for its number and epoch. What is returned takes the answer, and says whether nothing was
   * missed. A number ahead of what was heard may be under way; it has until the next question.
   */
  proving(): (number: number, epoch: string) => boolean {
    const at = this.#now();
    const highestBefore = this.#highest;
    const owedBefore = this.#owed;
    return (number, epoch) => {
      const wentBack = number < highestBefore;
      const isMissed = owedBefore !== null && this.#owed === owedBefore;
      if (this.#heard === null || epoch !== this.#epoch || wentBack || isMissed) {
        this.#epoch = epoch;
        if (wentBack) this.#highest = number;
        this.#restart(wentBack ? number : Math.max(number, this.#heard ?? 0));
        this.#provenAt = at;
        return false;
      }
      if (this.#heard >= number) this.#provenAt = Math.max(this.#provenAt, at);
      else this.#owed = { number, at };
      return true;
    };
  }

  #restart(number: number): void {
    this.#forget();
    this.#heard = number;
    this.#highest = Math.max(number, this.#highest);
    this.#owed = null;
  }

  #forget(): void {
    this.#known.clear();
    this.#era += 1;
  }

  #store(scope: string, gen: number): void {
    const before = this.#known.get(scope);
    if (before === undefined && this.#known.size >= MOST_KNOWN) this.#forget();
    if (before === undefined || before < gen) this.#known.set(scope, gen);
    const { gen: wanted } = this.#underWay.get(scope) ?? {};
    if (wanted !== undefined && wanted <= gen) this.#underWay.delete(scope);
  }

  #isUnderWay(scope: string): boolean {
    const { until } = this.#underWay.get(scope) ?? {};
    if (until === undefined) return false;
    if (this.#now() < until) return true;
    this.#underWay.delete(scope);
    return false;
  }
}
