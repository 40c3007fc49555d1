import { InvalidOptionsError } from '@nestarc/core';
import { ModelMetadata } from '@nestarc/prisma';
import { Inject, Injectable, type InjectionToken } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { attachmentOf, type SoftDeleteAttachment } from '../model/soft-delete-attachment';
import { MODULE } from './soft-delete-module.schema';
import { PRISMA_SERVICE_TOKEN } from './soft-delete.tokens';

/** The application's Prisma client. Looked up when it is first asked for, in all modules: it need not be in a global one. */
@Injectable()
export class SoftDeleteClient {
  #client: object | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    @Inject(PRISMA_SERVICE_TOKEN) private readonly token: InjectionToken,
  ) {}

  /**
   * The client.
   *
   * @throws InvalidOptionsError when there is none under the token, or one that does not delete softly
   */
  get client(): object {
    return (this.#client ??= this.#extended(this.#find()));
  }

  /**
   * How the client deletes softly.
   *
   * @throws InvalidOptionsError when there is none under the token, or one that does not delete softly
   */
  get attachment(): SoftDeleteAttachment {
    // The client has one, or it would have been refused.
    return attachmentOf(this.client) as SoftDeleteAttachment;
  }

  #find(): object {
    const name = nameOf(this.token);
    let provided: unknown;
    try {
      provided = this.moduleRef.get(this.token, { strict: false });
    } catch (error) {
      const message = `no module provides ${name}, or it is made for each request: add it to the providers of a module`;
      throw refusal(message, error);
    }
    const held = (provided as { readonly client?: unknown } | null | undefined)?.client;
    const client = [held, provided].find(isPrismaClient);
    if (client !== undefined) return client;
    throw refusal(`${name} is no Prisma client, and holds none as "client"`);
  }

  #extended(client: object): object {
    if (attachmentOf(client) !== undefined) return client;
    const call = "createPrismaSoftDeleteExtension({ softDeleteModels: ['User'] })";
    throw refusal(`the client of ${nameOf(this.token)} does not delete softly: extend it with $extends(${call})`);
  }
}

function isPrismaClient(value: unknown): value is object {
  try {
    return ModelMetadata.of(value).names.length >= 0;
  } catch {
    return false;
  }
}

const nameOf = (token: InjectionToken): string => (typeof token === 'function' ? token.name : String(token));

function refusal(message: string, cause?: unknown): InvalidOptionsError {
  const error = new InvalidOptionsError(MODULE, [{ path: 'prismaServiceToken', message }]);
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, configurable: true });
  return error;
}
