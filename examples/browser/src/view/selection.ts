/** Which token is looked at, by pointer or keyboard; the heat map, the plot and the details follow it. */
export class Selection {
  #index = -1;
  readonly #listeners: ((index: number) => void)[] = [];

  /** -1: none. */
  get index(): number {
    return this.#index;
  }

  onChange(listener: (index: number) => void): void {
    this.#listeners.push(listener);
  }

  set(index: number): void {
    if (index === this.#index) return;
    this.#index = index;
    for (const listener of this.#listeners) listener(index);
  }
}
