import type { ClientInternals } from './client-internals';

/** The functions of a client that more than one feature puts something around. */
type LayeredFunction = '_executeRequest' | '_transactionWithCallback' | '_transactionWithArray' | '_createItxClient';

/** What a feature puts around functions of a client: each is given what lies within. */
export type Layer = { readonly [K in LayeredFunction]?: (inner: ClientInternals[K]) => ClientInternals[K] };

/** From the inside to the outside, whoever was there first. */
const RANKS = ['plans', 'hook', 'requirement'] as const;

/**
 * Where a layer stands. Operation plans lie within the hook of the one who attached the client, which decides whether the
 * operation that the user wrote may run, and in which context; a requirement comes before everything.
 */
export type LayerRank = (typeof RANKS)[number];

const FUNCTIONS: readonly LayeredFunction[] = [
  '_executeRequest',
  '_transactionWithCallback',
  '_transactionWithArray',
  '_createItxClient',
];

/** Keeps the layers of a client above everything that is put around its functions later. */
class OuterLayers {
  readonly #client: ClientInternals;
  readonly #layers = new Map<LayerRank, Layer>();
  #base: Pick<ClientInternals, LayeredFunction> | undefined;

  constructor(client: ClientInternals) {
    this.#client = client;
  }

  set(rank: LayerRank, layer: Layer | undefined): void {
    this.beneath(() => {
      if (layer === undefined) this.#layers.delete(rank);
      else this.#layers.set(rank, layer);
    });
  }

  beneath(work: () => void): void {
    this.#takeOff();
    try {
      work();
    } finally {
      this.#putOn();
    }
  }

  #takeOff(): void {
    if (this.#base !== undefined) Object.assign(this.#client, this.#base);
    this.#base = undefined;
  }

  #putOn(): void {
    const { _executeRequest, _transactionWithCallback, _transactionWithArray, _createItxClient } = this.#client;
    this.#base = { _executeRequest, _transactionWithCallback, _transactionWithArray, _createItxClient };
    for (const rank of RANKS) {
      const layer = this.#layers.get(rank);
      if (layer !== undefined) FUNCTIONS.forEach((name) => wrap(this.#client, name, layer));
    }
  }
}

function wrap<K extends LayeredFunction>(client: ClientInternals, name: K, layer: Layer): void {
  const around = layer[name];
  if (around !== undefined) client[name] = around(client[name]);
}

const layers = new WeakMap<ClientInternals, OuterLayers>();

function layersOf(client: ClientInternals): OuterLayers {
  const known = layers.get(client);
  if (known !== undefined) return known;
  const made = new OuterLayers(client);
  layers.set(client, made);
  return made;
}

/**
 * Puts a layer around a client, or takes it away.
 *
 * @param client - internals of the client
 * @param rank - where it stands; one that stands there already is replaced
 * @param layer - the layer, or `undefined` for none
 */
export function setOuterLayer(client: ClientInternals, rank: LayerRank, layer: Layer | undefined): void {
  layersOf(client).set(rank, layer);
}

/**
 * Changes functions of a client beneath its layers.
 *
 * @param client - internals of the client
 * @param work - changes them
 */
export function beneathOuterLayers(client: ClientInternals, work: () => void): void {
  layersOf(client).beneath(work);
}
