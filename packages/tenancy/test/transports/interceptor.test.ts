import { createContext, InvalidOptionsError, runWithContext } from '@nestarc/core';
import { type CallHandler, type ExecutionContext, type Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { KafkaContext, NatsContext, RmqContext, RpcException, TcpContext } from '@nestjs/microservices';
import { defer, finalize, lastValueFrom, Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createPropagatingEnvelope, kafkaMessage, Metadata } from './carriers';
import { TenancyContext, TenantContextInterceptor, type TenantContextInterceptorOptions } from '../../src';
import { tenantNow } from './ws-fixture';

class Handlers {
  handle(): void {}
}

function executionOf(type: string, args: unknown[]): ExecutionContext {
  const execution = new ExecutionContextHost(args, Handlers as Type, Handlers.prototype.handle);
  execution.setType(type);
  return execution;
}

/** Runs a handler, and tells the tenant it ran in, or the code it was refused with. */
async function outcome(
  options: TenantContextInterceptorOptions | undefined,
  context: unknown,
  data: unknown = {},
): Promise<unknown> {
  const interceptor = new TenantContextInterceptor(new TenancyContext(), options);
  let ran = false;
  const next: CallHandler = {
    handle: () =>
      defer(() => {
        ran = true;
        return of(tenantNow());
      }),
  };
  try {
    return await lastValueFrom(interceptor.intercept(executionOf('rpc', [data, context]), next));
  } catch (error) {
    expect(ran).toBe(false);
    expect(error).toBeInstanceOf(RpcException);
    return (error as RpcException).getError();
  }
}

const kafka = (headers: Record<string, unknown>): KafkaContext =>
  new KafkaContext([kafkaMessage(headers), 0, 'topic'] as never);

const nats = (value?: string): NatsContext => {
  const headers = natsHeaders();
  if (value !== undefined) headers.append('X-Tenant-Id', value);
  return new NatsContext(['subject', headers]);
};

const grpc = (...values: string[]): Metadata => new Metadata(values);

const rmq = (headers: unknown): RmqContext => new RmqContext([{ properties: { headers } }, {}, 'pattern']);

describe('TenantContextInterceptor', () => {
  it.each([
    ['a string', kafka({ 'x-tenant-id': 'acme' })],
    ['a Buffer', kafka({ 'X-Tenant-Id': Buffer.from('acme') })],
    ['a list of one', kafka({ 'X-TENANT-ID': [Buffer.from('acme')] })],
  ])('runs the handler of a Kafka message as the tenant of its header, which is %s', async (_what, context) => {
    expect(await outcome(undefined, context)).toBe('acme');
    expect(await outcome({ transport: 'kafka' }, context)).toBe('acme');
  });

  it('reads NATS, RabbitMQ, gRPC and the data of jobs', async () => {
    expect(await outcome({ transport: 'nats' }, nats('acme'))).toBe('acme');
    expect(await outcome(undefined, nats('acme'))).toBe('acme');
    expect(await outcome({ transport: 'rmq' }, rmq({ 'x-tenant-id': 'acme' }))).toBe('acme');
    expect(await outcome({ transport: 'grpc' }, grpc('acme'))).toBe('acme');
    expect(await outcome(undefined, grpc('acme'))).toBe('acme');
    expect(await outcome({ transport: 'bull' }, undefined, { __tenantId: 'acme' })).toBe('acme');
    expect(await outcome({ transport: 'bull', dataKey: 't' }, undefined, { t: 'acme' })).toBe('acme');
    expect(await outcome({ transport: 'kafka', headerName: 'Org' }, kafka({ org: 'acme' }))).toBe('acme');
  });

  it.each<[string, unknown, unknown]>([
    ['a Kafka message without headers', kafka({}), { __tenantId: 'acme', headers: { 'x-tenant-id': 'acme' } }],
    ['a TCP message, whatever its payload says', new TcpContext([{} as never, 'pattern']), { __tenantId: 'acme' }],
    ['a NATS message without headers', nats(), { __tenantId: 'acme' }],
    ['a message without a context', undefined, { __tenantId: 'acme' }],
  ])('does not run the handler of %s', async (_what, context, data) => {
    expect(await outcome(undefined, context, data)).toMatchObject({ code: 'TENANT_REQUIRED', status: 403 });
  });

  it('does not run a handler for a malformed or repeated tenant', async () => {
    expect(await outcome(undefined, kafka({ 'x-tenant-id': 'a,b' }))).toMatchObject({ code: 'TENANT_ID_INVALID' });
    expect(await outcome(undefined, kafka({ 'x-tenant-id': 'a\u0000' }))).toMatchObject({ code: 'TENANT_ID_INVALID' });
    expect(await outcome(undefined, kafka({ 'x-tenant-id': ['a', 'b'] }))).toMatchObject({ code: 'HEADER_REPEATED' });
    expect(await outcome({ transport: 'bull' }, undefined, { __tenantId: ['a'] })).toMatchObject({ status: 400 });
  });

  it('tells callers of gRPC a status of gRPC', async () => {
    expect(await outcome(undefined, grpc())).toEqual({ code: 16, message: 'TENANT_REQUIRED: Tenant ID is required' });
    expect(await outcome(undefined, grpc('a', 'b'))).toMatchObject({ code: 3 });
  });

  it('accepts nothing but envelopes where they are configured', async () => {
    const { envelope, forger } = createPropagatingEnvelope();
    const options = { transport: 'kafka', envelope } as const;
    const sealed = (by: typeof envelope, purpose = 'kafka'): KafkaContext =>
      kafka({ 'x-tenant-id': by.seal({ tenantId: 'acme' }, purpose) });
    expect(await outcome(options, sealed(envelope))).toBe('acme');
    expect(await outcome({ envelope }, sealed(envelope))).toBe('acme');
    for (const bad of [kafka({ 'x-tenant-id': 'acme' }), sealed(forger), sealed(envelope, 'http')]) {
      expect(await outcome(options, bad)).toMatchObject({ code: 'TENANT_PROOF_INVALID', status: 401 });
    }
    expect(await outcome(options, kafka({}))).toMatchObject({ code: 'TENANT_REQUIRED' });
  });

  it.each(['http', 'ws', 'graphql'])('lets %s pass as it is', async (type) => {
    const interceptor = new TenantContextInterceptor(new TenancyContext());
    const next: CallHandler = { handle: () => of('answer') };
    expect(await lastValueFrom(interceptor.intercept(executionOf(type, [{}, {}]), next))).toBe('answer');
  });

  it('ends the subscription of the handler in the context it was started in', async () => {
    const interceptor = new TenantContextInterceptor(new TenancyContext());
    const ended: unknown[] = [];
    const next: CallHandler = {
      handle: () => new Observable(() => undefined).pipe(finalize(() => void ended.push(tenantNow()))),
    };
    const subscription = interceptor.intercept(executionOf('rpc', [{}, nats('acme')]), next).subscribe();
    await runWithContext(createContext(), async () => {
      await Promise.resolve();
      subscription.unsubscribe();
    });
    expect(ended).toEqual(['acme']);
  });

  it('passes the errors of the handler on', async () => {
    const interceptor = new TenantContextInterceptor(new TenancyContext());
    const observed = (next: CallHandler): Promise<unknown> =>
      lastValueFrom(interceptor.intercept(executionOf('rpc', [{}, nats('acme')]), next));
    await expect(observed({ handle: () => throwError(() => new Error('later')) })).rejects.toThrow('later');
    const throwing: CallHandler = {
      handle() {
        throw new Error('at once');
      },
    };
    await expect(observed(throwing)).rejects.toThrow('at once');
  });

  it.each([
    { transport: 'carrier-pigeon' },
    { transport: 'grpc', headerName: 'x' },
    { transport: 'kafka', headerName: 'a b' },
    { envelope: {} },
  ])('refuses the options %j', (options) => {
    expect(() => new TenantContextInterceptor(new TenancyContext(), options as never)).toThrow(InvalidOptionsError);
  });
});
