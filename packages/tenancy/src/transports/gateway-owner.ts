import type { Type } from '@nestjs/common';
import { ContextIdFactory, type ModulesContainer } from '@nestjs/core';
import type { GatewayAdmission } from './gateway-admission';

/** An application whose gateways are watched. */
export class GatewayOwner {
  constructor(
    private readonly modules: ModulesContainer,
    /** Decides about the connections to its gateways. */
    readonly admission: GatewayAdmission,
  ) {}

  /**
   * Tells whether a gateway is one of this application.
   *
   * @param gateway - the gateway
   * @param metatype - its class
   * @param client - the socket it is told of, which gateways that Nest 12 makes for each connection are found by
   */
  owns(gateway: object, metatype: Type, client: unknown): boolean {
    for (const { providers } of this.modules.values()) {
      for (const wrapper of providers.values()) {
        if (wrapper.metatype !== metatype) continue;
        if (wrapper.instance === gateway) return true;
        if (wrapper.isDependencyTreeStatic() || typeof client !== 'object' || client === null) continue;
        const contextId = ContextIdFactory.getByRequest(client);
        // What Nest's injector does to find instances that several connections share.
        const isTreeDurable = wrapper.isDependencyTreeDurable();
        const ownId = contextId.getParent?.({ token: wrapper.token, isTreeDurable }) ?? contextId;
        if (wrapper.getInstanceByContextId(ownId).instance === gateway) return true;
      }
    }
    return false;
  }
}
