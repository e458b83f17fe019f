/** What a film's providers may cost together, in millionths of a US dollar. */
export class Budget {
  readonly #maxMicros: number | null;
  #spent = 0;
  #reserved = 0;

  /** @param maxMicros null: no limit */
  constructor(maxMicros: number | null) {
    this.#maxMicros = maxMicros;
  }

  get spentMicros(): number {
    return this.#spent;
  }

  /**
   * Sets aside what a call may cost; null when there is not so much left. Under a limit a call of unknown price is never
   * made: nobody could say afterwards that the limit was kept.
   */
  reserve(estimateMicros: number | null): Reservation | null {
    if (this.#maxMicros !== null) {
      if (estimateMicros === null) return null;
      if (this.#spent + this.#reserved + estimateMicros > this.#maxMicros) return null;
    }
    const held = estimateMicros ?? 0;
    this.#reserved += held;
    let open = true;
    return {
      settle: (costMicros) => {
        if (!open) return;
        open = false;
        this.#reserved -= held;
        // What nobody knows counts as what it may have been.
        this.#spent += costMicros ?? held;
      },
    };
  }
}

export interface Reservation {
  /** @param costMicros null: not known, so the estimate counts */
  settle(costMicros: number | null): void;
}
