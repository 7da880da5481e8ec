/** The token selected by pointer or keyboard. The heat map, the plot and the details follow it. */
export class Selection {
  #index = -1;
  readonly #listeners: ((index: number) => void)[] = [];

  /** Index of the selected token; -1 for none. */
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
