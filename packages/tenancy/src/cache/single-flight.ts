/** Work that is under way, by what it is; whoever asks for the same meanwhile waits for it instead of doing it again. */
export class SingleFlight {
  readonly #flights = new Map<string, Promise<unknown>>();

  /**
   * Does work, or waits for the same work that is under way.
   *
   * @param id - what the work is
   * @param work - does it
   */
  async run<T>(id: string, work: () => Promise<T>): Promise<T> {
    const running = this.#flights.get(id);
    if (running !== undefined) return running as Promise<T>;
    const flight = work().finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }
}
