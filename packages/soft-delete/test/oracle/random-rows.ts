import type { Random } from './random';

/** A row by column. */
export type Row = Record<string, unknown>;

/** The rows of all tables, those first that others refer to. */
export type Rows = ReadonlyMap<string, readonly Row[]>;

/** Share of deleted rows among those that could as well be active. */
const DELETED = 0.35;
/** Share of children that stayed active under a deleted parent which they cannot be without. */
const ORPHANED = 0.1;

const WORDS = ['ash', 'birch', 'cedar', 'elm'];

/**
 * Makes rows for every table of the fixture, a good part of them deleted, and so few different values that filters find some.
 */
export function randomRows(random: Random): Rows {
  const rows = new Map<string, Row[]>();
  const make = (table: string, count: number, row: (index: number) => Row): Row[] => {
    const made = Array.from({ length: count }, (_, index) => ({ tenant_id: 'none', ...row(index) }));
    rows.set(table, made);
    return made;
  };
  const word = (): string => random.pick(WORDS);
  const maybe = <T>(value: () => T): T | null => (random.chance(0.3) ? null : value());
  const ofOne = (parents: readonly Row[], column: string): unknown => maybe(() => random.pick(parents)[column]);
  const deleted = (probability = DELETED): string | null =>
    random.chance(probability) ? `2026-01-0${random.int(1, 9)}T00:00:00.000Z` : null;
  /** Deleted along with its parent, in most cases. */
  const under = (parent: Row): string | null => deleted(parent['deleted_at'] === null ? DELETED / 2 : 1 - ORPHANED);

  const accounts = make('accounts', 3, (id) => ({ id: id + 1, name: word() }));
  const users = make('users', 9, (id) => ({
    id: id + 1,
    email: `user-${id}@x`,
    name: maybe(word),
    age: random.int(0, 4),
    account_id: ofOne(accounts, 'id'),
    deleted_at: deleted(),
  }));
  const owners = random.some(users, 0.7, 1);
  make('profiles', owners.length, (id) => {
    const user = owners[id] as Row;
    return { id: id + 1, bio: word(), user_id: user['id'], deleted_at: under(user) };
  });
  const posts = make('posts', 16, (id) => {
    const author = random.pick(users);
    return {
      id: id + 1,
      title: word(),
      score: random.int(0, 4),
      author_id: author['id'],
      reviewer_id: ofOne(users, 'id'),
      deleted_at: under(author),
    };
  });
  make('comments', 24, (id) => {
    const post = random.pick(posts);
    return { id: id + 1, text: word(), post_id: post['id'], author_id: ofOne(users, 'id'), deleted_at: under(post) };
  });
  const tags = make('tags', 6, (id) => ({ id: id + 1, label: word(), deleted_at: deleted() }));
  const links = posts.flatMap((post) => random.some(tags, 0.3).map((tag) => ({ A: post['id'], B: tag['id'] })));
  rows.set('_PostToTag', links);

  const categories: Row[] = make('categories', 12, (id) => ({ id: id + 1, name: word(), deleted_at: deleted() }));
  categories.forEach((category, index) => {
    category['parent_id'] = index === 0 ? null : maybe(() => random.int(1, index));
  });
  make('items', 16, (id) => ({
    id: id + 1,
    label: word(),
    price: random.int(0, 4),
    category_id: ofOne(categories, 'id'),
  }));

  const orders = make('orders', 8, (index) => ({
    region: index % 2 === 0 ? 'north' : 'south',
    number: 1 + Math.floor(index / 2),
    total: random.int(0, 4),
    deleted_at: deleted(),
  }));
  make('order_lines', 24, (index) => {
    const order = orders[Math.floor(index / 3)] as Row;
    return {
      order_number: order['number'],
      order_region: order['region'],
      position: 1 + (index % 3),
      sku: word(),
      amount: random.int(0, 4),
      deleted_at: under(order),
    };
  });
  make('shipments', 12, (id) => {
    const order = maybe(() => random.pick(orders));
    return {
      id: id + 1,
      carrier: word(),
      order_region: order?.['region'] ?? null,
      order_number: order?.['number'] ?? null,
      deleted_at: deleted(),
    };
  });

  const countries = make('countries', 5, (index) => ({
    id: random.uuid(),
    code: `c${index}`,
    name: word(),
    deleted_at: deleted(),
  }));
  make('cities', 14, () => {
    const country = random.pick(countries);
    return {
      id: random.uuid(),
      name: word(),
      kind: random.pick(['capital', 'port', 'village']),
      population: random.int(0, 4),
      area: random.int(0, 9) / 2,
      meta: random.pick([null, { a: 1 }, { a: { b: [1] } }]),
      labels: random.some(WORDS, 0.3),
      seal: random.chance(0.3) ? '\\x0102' : null,
      country_code: country['code'],
      deleted_at: under(country),
    };
  });

  const teams = make('teams', 5, (id) => ({ id: id + 1, name: word(), deleted_at: deleted() }));
  const members = make('members', 12, (id) => ({
    id: id + 1,
    name: word(),
    team_id: ofOne(teams, 'id'),
    deleted_at: deleted(),
  }));
  for (const team of teams) team['lead_id'] = ofOne(members, 'id');
  return rows;
}
