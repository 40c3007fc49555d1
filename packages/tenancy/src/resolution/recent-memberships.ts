import type { TenantMembershipQuestion } from '../proof/tenant-membership';
import type { TenancyRequest } from '../request/tenancy-request';
import type { Eventual } from './eventual';

/** A request over HTTP is over by then; the one that opened a WebSocket lives for hours. */
const KEPT_MS = 1000;

interface Answer {
  readonly tenantId: string;
  readonly principal: unknown;
  readonly at: number;
  readonly member: Promise<boolean>;
}

/**
 * Keeps what the membership verifier said of a request for a moment: a GraphQL operation asks for each of its root fields,
 * and a sender may write hundreds.
 */
export class RecentMemberships {
  readonly #answers = new WeakMap<TenancyRequest, Answer>();

  /**
   * Asks once for a request, a tenant and a principal.
   *
   * @param question - the question
   * @param ask - asks the verifier
   * @returns its answer; failures are not kept
   */
  async ask(
    { request, tenantId, principal }: TenantMembershipQuestion,
    ask: () => Eventual<boolean>,
  ): Promise<boolean> {
    const known = this.#answers.get(request);
    const now = performance.now();
    const isSame = known?.tenantId === tenantId && known.principal === principal && now - known.at < KEPT_MS;
    if (known !== undefined && isSame) return known.member;
    const member = (async () => ask())();
    this.#answers.set(request, { tenantId, principal, at: now, member });
    member.catch(() => this.#answers.delete(request));
    return member;
  }
}
